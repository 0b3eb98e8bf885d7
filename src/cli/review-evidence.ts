import type { ShownEvidence } from '../knowledge/review/gather-evidence.ts';
import { type Ink, marked, wrapped } from './ink.ts';
import { shownFields } from './review-card.ts';
import { visible, visibleLine } from './visible.ts';

/** Pieces of evidence, numbered from `first` (0 for the first of all): who said what, and the page around the quote. */
export function evidenceText(pieces: readonly ShownEvidence[], first: number, ink: Ink): string {
  const [any] = pieces;
  if (!any) return '  No evidence: nothing supports it any more.';
  const last = first + pieces.length;
  const which =
    any.pieces === 1 ? 'Evidence' : `Evidence ${first + 1}${last > first + 1 ? `-${last}` : ''} of ${any.pieces}`;
  return [`  ${which}`, ...pieces.map((piece, at) => pieceText(piece, first + at + 1, ink))].join('\n');
}

function pieceText(piece: ShownEvidence, number: number, ink: Ink): string {
  const label = `  [${number}] `;
  const indent = label.length;
  return [
    `${label}${placeOf(piece)}`,
    ink.dim(wrapped(sourceOf(piece), ink, indent)),
    wrapped(contextText(piece), ink, indent),
    ink.dim(wrapped(`says ${saidBy(piece)}`, ink, indent)),
  ].join('\n');
}

/** The words of the page around the quote, whose ends are marked. */
export function contextText({ context, quote, grounding }: ShownEvidence): string {
  if (context === undefined) {
    if (grounding === 'loaded') return '(loaded with SQL: there is no page to quote)';
    return grounding === 'none' ? `not in the page: ${marked(visible(quote))}` : marked(visible(quote));
  }
  const before = `${context.is_cut_before ? '… ' : ''}${visible(context.before)}`;
  const after = `${visible(context.after)}${context.is_cut_after ? ' …' : ''}`;
  return `${before}${marked(visible(context.quote))}${after}`;
}

/** `Ada Lovelace (files ada.md, version 2), 120-160` */
export function placeOf(piece: ShownEvidence): string {
  const { title, source_system, external_id, version, char_start, char_end } = piece;
  const page = `${visibleLine(title)} (${visibleLine(source_system)} ${visibleLine(external_id)}, version ${version})`;
  return char_start < 0 || piece.grounding === 'loaded' ? page : `${page}, characters ${char_start}-${char_end}`;
}

/** Which contract and model said so, how surely, and where it was found. */
export function sourceOf(piece: ShownEvidence): string {
  const parts = [
    `${piece.contract_name} ${piece.contract_version}${piece.model === null ? '' : ` by ${visibleLine(piece.model)}`}`,
    `${piece.item_kind}, confidence ${piece.confidence.toFixed(2)}`,
    `quote ${piece.grounding === 'none' ? 'not found' : piece.grounding}${piece.is_weak ? ', without the name' : ''}`,
    ...(piece.run_id === null ? [] : [`run ${piece.run_id}`]),
  ];
  return parts.join(' · ');
}

/** What the card shows elsewhere. */
const shownAlready = new Set(['quote', 'confidence']);
/** The database keeps no order; these read best first. */
const readFirst =
  'name subject from_entity relation_type to_entity attribute value unit type primary_type start end'.split(' ');

function saidBy({ payload }: ShownEvidence): string {
  const names = [...readFirst.filter((name) => Object.hasOwn(payload, name)), ...Object.keys(payload)];
  const said = [...new Set(names)].filter((name) => !shownAlready.has(name)).map((name) => [name, payload[name]]);
  return shownFields(Object.fromEntries(said))
    .map(([name, text]) => `${name}: ${text.length > 200 ? `${text.slice(0, 199)}…` : text}`)
    .join(' · ');
}
