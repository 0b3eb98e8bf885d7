import Table from 'cli-table3';
import type { ShownEvidence } from '../knowledge/review/gather-evidence.ts';
import type { PairItem } from '../knowledge/review/load-item.ts';
import { type Ink, inked } from './ink.ts';
import { shownFields, standingOf, textOf } from './review-card.ts';
import { contextText, placeOf, sourceOf } from './review-evidence.ts';
import { visibleLine } from './visible.ts';

const labelWidth = 14;

/** Two entities side by side, and what the model proposes. */
export function pairCard(pair: PairItem, ink: Ink): string {
  const rows = [
    ['', `1: ${pair.first.item}`, `2: ${pair.second.item}`],
    ...valueRows(pair),
    ['standing', standingOf(pair.first), standingOf(pair.second)],
  ];
  return [
    ink.bold(`${pair.item}  ${visibleLine(pair.first.name)} / ${visibleLine(pair.second.name)}`),
    `  ${pair.status === 'review' ? 'waits for review' : pair.status}, score ${pair.score.toFixed(2)} (${signsOf(pair)})`,
    sideBySide(rows, ink),
    ...proposalLines(pair),
  ].join('\n');
}

/** The evidence of both, piece beside piece. */
export function pairEvidence(
  first: readonly ShownEvidence[],
  second: readonly ShownEvidence[],
  from: number,
  ink: Ink,
): string {
  const count = Math.max(first.length, second.length);
  if (count === 0) return '  No evidence.';
  const rows = Array.from({ length: count }, (_, at) => [
    `evidence ${from + at + 1}`,
    cellOf(first[at], ink),
    cellOf(second[at], ink),
  ]);
  return sideBySide(rows, ink);
}

/** `merge: what is 2 becomes 1` and so on, as a person would say it. */
export function proposalText(pair: PairItem): string {
  const { proposal } = pair;
  if (proposal === null) return 'nothing';
  const master = proposal.master_entity_id === pair.second_entity_id ? 2 : 1;
  const other = 3 - master;
  const texts = {
    merge: `merge: both are one, and ${master} stays`,
    relate: `relate: ${other} ${visibleLine(proposal.relation_type ?? 'is related to')} ${master}`,
    distinct: 'distinct: they are two',
    suppress: `suppress ${other}: it is none; ${master} stays`,
  };
  return texts[proposal.decision];
}

function proposalLines(pair: PairItem): string[] {
  const { proposal, model, contract_name, contract_version } = pair;
  if (proposal === null) return ['  No model has been asked.'];
  const by = [contract_name, contract_version, model === null ? null : `by ${visibleLine(model)}`]
    .filter(Boolean)
    .join(' ');
  return [
    `  Proposal  ${proposalText(pair)} (confidence ${proposal.confidence.toFixed(2)}${by === '' ? '' : `, ${by}`})`,
    ...(proposal.rationale ? [`  Because   ${visibleLine(proposal.rationale)}`] : []),
  ];
}

function signsOf({ reasons, strength }: PairItem): string {
  return [strength, ...reasons.map(textOf).filter(Boolean)].join(', ');
}

function valueRows({ first, second }: PairItem): string[][] {
  const [left, right] = [new Map(shownFields(first.values)), new Map(shownFields(second.values))];
  const names = [...new Set([...left.keys(), ...right.keys()])];
  return names.map((name) => [name, left.get(name) ?? '', right.get(name) ?? '']);
}

function cellOf(piece: ShownEvidence | undefined, ink: Ink): string {
  if (piece === undefined) return '';
  return [placeOf(piece), inked(contextText(piece).replaceAll(/\s+/g, ' '), ink), sourceOf(piece)].join('\n');
}

function sideBySide(rows: readonly string[][], ink: Ink): string {
  const column = Math.max(20, Math.floor((ink.width - labelWidth - 6) / 2));
  const table = new Table({
    colWidths: [labelWidth, column, column],
    // No rules between the rows: they are many and short.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    wordWrap: true,
    wrapOnWordBoundary: true,
    style: { head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
