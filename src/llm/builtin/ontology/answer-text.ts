import type { Material } from '../answers.ts';
import { type ColumnShown, called, columnShown, matchesPattern } from './column-shown.ts';

interface Judged {
  text_type: string;
  is_structured: boolean;
  needs_fk_resolution: boolean;
  semantic_type: string;
  said: string;
  confidence: number;
}

/** What texts are by how they look: patterns, lengths, blanks, one form or many. */
export function answerText({ content }: Material): object {
  const shown = columnShown(content);
  const { said, ...judged } = judge(shown);
  return { ...judged, description: `The ${called(shown)}: ${said}.` };
}

function judge(shown: ColumnShown): Judged {
  const { samples, statistics, column } = shown;
  const is = (text_type: string, semantic_type: string, said: string, confidence: number, more = {}): Judged => ({
    text_type,
    semantic_type,
    said,
    confidence,
    is_structured: false,
    needs_fk_resolution: false,
    ...more,
  });
  if (column.references !== undefined)
    return is('identifier', 'foreign_key', 'the key of a row elsewhere', 0.95, { needs_fk_resolution: true });
  if (samples.length === 0) return is('other', 'text', 'a text of which nothing is shown', 0.3);
  if (matchesPattern(shown, 'email'))
    return is('email', 'email_address', 'an e-mail address', 0.95, { is_structured: true });
  if (matchesPattern(shown, 'url')) return is('url', 'url', 'a web address', 0.95, { is_structured: true });
  if (matchesPattern(shown, 'json'))
    return is('structured', 'json_text', 'a JSON document as text', 0.9, { is_structured: true });
  if (matchesPattern(shown, 'xml'))
    return is('structured', 'xml_text', 'an XML document as text', 0.9, { is_structured: true });
  const share = (test: RegExp) => samples.filter((sample) => test.test(sample)).length / samples.length;
  if (share(/^\+?[\d\s()./-]{7,20}$/) > 0.9 && share(/^\+|[\s()/-]/) > 0.5 && share(/^\d{4}-\d{2}-\d{2}/) < 0.5)
    return is('phone', 'phone_number', 'a telephone number', 0.7, { is_structured: true });
  const words = samples.reduce((sum, sample) => sum + sample.trim().split(/\s+/).length, 0) / samples.length;
  if (words > 6 || (statistics.max_length ?? 0) > 1000) return is('free_text', 'free_text', 'free text', 0.8);
  const isOneForm = new Set(samples.map(formOf)).size <= Math.max(1, samples.length / 4);
  const isTight = share(/\s/) === 0 && (statistics.max_length ?? 0) <= 64;
  const isKey = column.is_primary_key || column.is_unique || statistics.is_distinct;
  if (isTight && (share(/\d/) > 0.8 || isOneForm || isKey)) {
    const isStructured = share(/[-_/.:]/) > 0.9;
    const needs_fk_resolution = !column.is_primary_key;
    return isKey
      ? is('identifier', 'identifier', 'a text that identifies the row', 0.75, {
          is_structured: isStructured,
          needs_fk_resolution,
        })
      : is('code', 'code', 'a short code that comes again', 0.6, {
          is_structured: isStructured,
          needs_fk_resolution: true,
        });
  }
  if (share(/,/) > 0.8 && share(/\d/) > 0.8) return is('address', 'address', 'an address, it seems', 0.5);
  if (share(/^\p{Lu}/u) > 0.8) return is('name', 'name', 'what people call it', 0.65, { needs_fk_resolution: false });
  return is('other', 'short_text', 'a short text', 0.5, { needs_fk_resolution: isTight && !isKey });
}

/** `INV-2024-000017` is `A-9-9`: what is alike in texts of one scheme. */
function formOf(text: string): string {
  return text
    .replaceAll(/\p{Lu}+/gu, 'A')
    .replaceAll(/\p{Ll}+/gu, 'a')
    .replaceAll(/\d+/g, '9');
}
