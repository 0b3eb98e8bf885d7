import type { TypeFamily } from '../../datasource/introspect.ts';
import { longestValue } from '../../datasource/table-sql.ts';
import { isCurrency } from './currencies.ts';
import type { DetectedPattern, PatternName } from './table-profile.ts';

/**
 * The patterns that a column's sample values match, those of texts on texts and those of times on whole numbers; the
 * column's name plays no part. Most matches first.
 */
export function detectPatterns(type_family: TypeFamily, samples: readonly string[]): DetectedPattern[] {
  if (samples.length === 0) return [];
  const tests = testsFor(type_family);
  const found = tests.flatMap(([pattern, fits]) => {
    const matching = samples.filter((sample) => fits(sample));
    if (matching.length === 0) return [];
    const match_rate = matching.length / samples.length;
    return [{ pattern, match_rate, matched: matching.length, examples: matching.slice(0, 3) }];
  });
  return found.sort((a, b) => b.matched - a.matched);
}

type Test = readonly [PatternName, (text: string) => boolean];

function testsFor(type_family: TypeFamily): readonly Test[] {
  if (type_family === 'integer' || type_family === 'decimal') return numberTests;
  return type_family === 'text' || type_family === 'enum' || type_family === 'other' ? textTests : [];
}

const textTests: readonly Test[] = [
  ['uuid', matches(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i)],
  ['stripe_id', matches(/^((pi|pm|ch|cus|sub|inv|price)_[a-zA-Z0-9]+|(prod|acct|txn|evt|seti)_[a-zA-Z0-9]{14,})$/)],
  ['aws_ses', matches(/^[0-9a-f-]+@email\.amazonses\.com$/)],
  ['twilio_sid', matches(/^(AC|SM|MM|PN|SK|CA|RE|MG)[a-f0-9]{32}$/)],
  ['generic_external_id', (text) => /^[a-zA-Z0-9_-]{20,}$/.test(text) && looksGenerated(text)],
  ['iso4217', isCurrency],
  ['email', matches(/^[^@\s]+@[^@\s]+\.[^@\s]+$/)],
  ['url', matches(/^https?:\/\//i)],
  ['json', isJson],
  ['xml', isXml],
];

const numberTests: readonly Test[] = [
  ['unix_seconds', isUnixTime(10)],
  ['unix_millis', isUnixTime(13)],
  ['unix_micros', isUnixTime(16)],
  ['unix_nanos', isUnixTime(19)],
];

function matches(expression: RegExp): (text: string) => boolean {
  return (text) => expression.test(text);
}

/** A word or a slug is written, an id is drawn: it has digits, or letters of both cases within. */
function looksGenerated(text: string): boolean {
  return /[0-9]/.test(text) || (/[a-z]/.test(text.slice(1)) && /[A-Z]/.test(text.slice(1)));
}

/** An object or a list; a sample that was cut is recognised by how it begins. */
function isJson(text: string): boolean {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return false;
  try {
    JSON.parse(trimmed);
    return true;
  } catch {
    return isCut(text) && /^(\{\s*"(?:[^"\\]|\\.)*"\s*:|\[\s*[[{"\d-])/.test(trimmed);
  }
}

/** A declaration or an element, closed unless the sample was cut. */
function isXml(text: string): boolean {
  if (!/^\s*<(\?xml\b|!DOCTYPE\b|[A-Za-z_][\w:.-]*(\s[^<>]*)?\/?>)/.test(text)) return false;
  return isCut(text) || /(<\/[\w:.-]+|\/)>\s*$/.test(text);
}

function isCut(text: string): boolean {
  return [...text].length >= longestValue;
}

const end = Date.UTC(2100, 0, 1) / 1000;

/** Whole numbers of so many digits that are a time from 1970 to 2099 in the unit of that length. */
function isUnixTime(digits: 10 | 13 | 16 | 19): (text: string) => boolean {
  const shape = new RegExp(`^[0-9]{${digits}}$`);
  return (text) => shape.test(text) && Number(text.slice(0, 10)) < end;
}
