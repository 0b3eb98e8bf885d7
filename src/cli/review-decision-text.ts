import type { PastDecision } from '../db/review-decisions.ts';
import { minute, shownFields, textOf } from './review-card.ts';
import { visibleLine } from './visible.ts';

/** A decision: who, when, why, and what it changed in the row. */
export function decisionText(decision: PastDecision): string {
  const { decision_id, decided_by, decided_as, decided_at, reason, undone_at, undone_by, session_user_name } = decision;
  const by = `${visibleLine(decided_by)}${decided_as === 'person' ? '' : ` (${decided_as})`}`;
  return [
    `${decision_id}  ${decision.decision} by ${by}, ${minute(decided_at)}, as ${visibleLine(session_user_name)}`,
    ...(reason === null ? [] : [`    because ${visibleLine(reason)}`]),
    ...changesOf(decision).map((line) => `    ${line}`),
    ...(undone_at === null ? [] : [`    undone by ${visibleLine(undone_by ?? '')}, ${minute(undone_at)}`]),
  ].join('\n');
}

/** `updated_at` always changes, and says nothing. */
const silent = new Set(['updated_at']);

function changesOf({ before, after, changes }: PastDecision): string[] {
  if (before === null || after === null) return shownFields(changes).map(([name, text]) => `${name} ${text}`);
  return Object.keys({ ...before, ...after }).flatMap((name) => {
    const [was, is] = [textOf(before[name]), textOf(after[name])];
    return silent.has(name) || was === is ? [] : [`${name}: ${was || '(nothing)'} -> ${is || '(nothing)'}`];
  });
}
