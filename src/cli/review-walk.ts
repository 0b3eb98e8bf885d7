import type { Database } from '../db/connect.ts';
import { type Decider, decideReview, readDecisions } from '../db/review-decisions.ts';
import type { QueuedItem } from '../db/review-queries.ts';
import { isPassing, isSprouteError, type SprouteError } from '../errors.ts';
import { gatherEvidence, type ShownEvidence } from '../knowledge/review/gather-evidence.ts';
import { loadItem, type ReviewItem } from '../knowledge/review/load-item.ts';
import { PageTexts } from '../knowledge/review/page-texts.ts';
import { undoDecision } from '../knowledge/review/undo.ts';
import { cleanText } from '../knowledge/text-hygiene.ts';
import type { Conversation } from './conversation.ts';
import type { Ink } from './ink.ts';
import { cardOf } from './review-card.ts';
import { evidenceText } from './review-evidence.ts';
import { helpFor, isDecision, promptFor, verdictOf } from './review-keys.ts';
import { pairCard, pairEvidence } from './review-pair-card.ts';
import { inPast, type Standing, type Tally, tallyOf } from './review-tally.ts';
import { visibleLine } from './visible.ts';

const piecesAtOnce = 3;
const aroundInPairs = 120;

/** What somebody does next. */
type Step = 'on' | 'again' | 'back' | 'quit';

/**
 * A walk through the queue as it was when it began: one item after the other is shown and asked about. Each decision is
 * committed before the next question.
 */
export class ReviewWalk {
  readonly #db: Database;
  readonly #queue: readonly QueuedItem[];
  readonly #decider: Decider;
  readonly #conversation: Conversation;
  readonly #tell: (text: string) => void;
  readonly #ink: Ink;
  readonly #texts: PageTexts;
  readonly #standings: Standing[];
  /** What was decided here and can be undone, the last one last. */
  readonly #made: { at: number; decision_id: string }[] = [];
  #undone = 0;
  /** The reason of the next decision alone. */
  #reason: string | undefined;

  constructor(
    db: Database,
    queue: readonly QueuedItem[],
    decider: Decider,
    conversation: Conversation,
    tell: (text: string) => void,
    ink: Ink,
  ) {
    this.#db = db;
    this.#queue = queue;
    this.#decider = decider;
    this.#conversation = conversation;
    this.#tell = tell;
    this.#ink = ink;
    this.#texts = new PageTexts(db);
    this.#standings = queue.map(() => ({ state: 'open' }));
  }

  get tally(): Tally {
    return tallyOf(this.#standings, this.#undone);
  }

  /** Ends when nothing is left, or nobody answers any more. Throws what the database throws. */
  async run(): Promise<void> {
    let at: number | undefined = this.#nextOpen(0);
    while (at !== undefined) {
      try {
        at = await this.#go(at);
      } catch (error) {
        if (!(await this.#outlasts(error))) throw error;
      }
    }
  }

  /** The place to go on at; undefined: that is all. */
  async #go(at: number): Promise<number | undefined> {
    const queued = this.#queue[at];
    const step = queued === undefined ? await this.#askAtTheEnd() : await this.#consider(queued, at);
    if (step === 'quit') return undefined;
    if (step === 'back') return this.#undo(at);
    return step === 'on' ? this.#nextOpen(at + 1) : at;
  }

  /**
   * Whether somebody wants to go on after the database was away. Only they can see that the item is asked about once
   * more; answers that come through a pipe would be taken for those of another item.
   */
  async #outlasts(error: unknown): Promise<boolean> {
    if (!isSprouteError(error) || !isPassing(error) || !this.#conversation.isTerminal) return false;
    this.#tell(`${error.message}\n${error.hint ?? ''}`);
    const key = await this.#conversation.key('[l]ook again [q]uit > ');
    return key !== undefined && key !== 'q';
  }

  #nextOpen(from: number): number {
    const next = this.#standings.findIndex(({ state }, at) => at >= from && state === 'open');
    return next < 0 ? this.#queue.length : next;
  }

  /** Shows an item and does what is wished; 'again' shows it anew. */
  async #consider(queued: QueuedItem, at: number): Promise<Step> {
    const item = await this.#load(queued);
    if (!item?.is_waiting) return this.#passOver(queued, at);
    const place = `${at + 1} of ${this.#queue.length}, ${this.tally.left} left`;
    this.#tell(`\n${this.#ink.dim(place)}\n${this.#card(item)}`);
    let evidence = await this.#showEvidence(item, 0);
    for (;;) {
      const key = await this.#conversation.key(promptFor(item, evidence.pieces > piecesAtOnce));
      if (key === undefined || key === 'q') return 'quit';
      if (key === 's') {
        this.#standings[at] = { state: 'skipped' };
        return 'on';
      }
      if (key === 'u' && this.#made.length > 0) return 'back';
      if (key === 'u') this.#tell('Nothing that was decided in this session is left to undo.');
      else if (key === 'w') await this.#askWhy();
      else if (key === '?') this.#tell(helpFor(item));
      else if (key === 'n' || key === 'p') evidence = await this.#turn(item, evidence, key === 'n' ? 1 : -1);
      else if (isDecision(item, key)) {
        const step = await this.#decide(item, key, at);
        if (step !== undefined) return step;
      } else this.#tell(`${JSON.stringify(key)} does nothing here; ? says what does.`);
    }
  }

  async #load(queued: QueuedItem): Promise<ReviewItem | undefined> {
    try {
      return await loadItem(this.#db, queued);
    } catch (error) {
      // Its page was erased meanwhile.
      if (isSprouteError(error, 'NOT_FOUND') || isSprouteError(error, 'UNKNOWN_ENTITY')) return undefined;
      throw error;
    }
  }

  #card(item: ReviewItem): string {
    return item.kind === 'pair' ? pairCard(item, this.#ink) : cardOf(item, this.#ink);
  }

  async #showEvidence(item: ReviewItem, offset: number): Promise<{ offset: number; pieces: number }> {
    const gather = (row: Parameters<typeof gatherEvidence>[2], around?: number) =>
      gatherEvidence(this.#db, this.#texts, row, { limit: piecesAtOnce, offset, ...(around && { around }) });
    if (item.kind === 'pair') {
      const first = await gather(item.first, aroundInPairs);
      const second = await gather(item.second, aroundInPairs);
      this.#tell(pairEvidence(first, second, offset, this.#ink));
      return { offset, pieces: Math.max(countOf(first), countOf(second)) };
    }
    const pieces = await gather(item);
    this.#tell(evidenceText(pieces, offset, this.#ink));
    return { offset, pieces: countOf(pieces) };
  }

  async #turn(item: ReviewItem, { offset, pieces }: { offset: number; pieces: number }, by: 1 | -1) {
    const to = offset + by * piecesAtOnce;
    if (to >= 0 && to < pieces) return { ...(await this.#showEvidence(item, to)), pieces };
    this.#tell(by > 0 ? 'That was all of the evidence.' : 'This is the first of the evidence.');
    return { offset, pieces };
  }

  async #askWhy(): Promise<void> {
    const given = await this.#conversation.line('  Reason of the next decision: ');
    this.#reason = given ? cleanText(given) : undefined;
  }

  /** undefined: nothing was decided, and the same item is asked about. */
  async #decide(item: ReviewItem, key: string, at: number): Promise<Step | undefined> {
    const decider = { ...this.#decider, ...(this.#reason !== undefined && { reason: this.#reason }) };
    try {
      const verdict = await verdictOf(item, key, decider, {
        line: (prompt) => this.#conversation.line(prompt),
        tell: this.#tell,
      });
      if (verdict === undefined) return undefined;
      const { outcome, decision_id } = await decideReview(this.#db, item, verdict);
      if (outcome === 'over') return this.#passOver(item, at);
      if (outcome === 'changed') {
        this.#tell(`${item.item} changed while you looked at it, so nothing was decided. It is now:`);
        return 'again';
      }
      const { decision } = verdict;
      const id = decision_id === null ? null : item.kind === 'pair' ? `identity:${decision_id}` : String(decision_id);
      this.#standings[at] = { state: 'decided', decision };
      this.#reason = undefined;
      if (id !== null) this.#made.push({ at, decision_id: id });
      this.#tell(
        `${item.item} ${inPast(decision)}${id === null ? ', as had been decided before' : ` (decision ${id})`}.`,
      );
      return 'on';
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#tell(`${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
      return undefined;
    }
  }

  async #passOver(item: Pick<QueuedItem, 'item' | 'kind' | 'id'>, at: number): Promise<Step> {
    this.#standings[at] = { state: 'passed' };
    const last = (await readDecisions(this.#db, item.kind, item.id)).findLast(({ undone_at }) => undone_at === null);
    const why =
      last === undefined
        ? 'it waits no longer, for what it rests on changed'
        : `it was decided meanwhile: ${last.decision} by ${visibleLine(last.decided_by)} (decision ${last.decision_id})`;
    this.#tell(`\n${item.item} is passed over: ${why}.`);
    return 'on';
  }

  /** The place of what waits again; the same place if there is nothing to undo. */
  async #undo(at: number): Promise<number> {
    const last = this.#made.at(-1);
    if (last === undefined) return at;
    const { about } = await undoDecision(this.#db, last.decision_id, this.#decider.decided_by);
    this.#made.pop();
    this.#undone += 1;
    this.#standings[last.at] = { state: 'open' };
    this.#tell(`Decision ${last.decision_id} about ${about} was undone.`);
    return last.at;
  }

  async #askAtTheEnd(): Promise<Step> {
    if (this.#made.length === 0) return 'quit';
    for (;;) {
      const key = await this.#conversation.key('That was the last one. [u]ndo [q]uit > ');
      if (key === 'u') return 'back';
      if (key === undefined || key === 'q') return 'quit';
    }
  }
}

function countOf(pieces: readonly ShownEvidence[]): number {
  return pieces[0]?.pieces ?? 0;
}

/** What is wrong with the decision, not with the database. */
function isRefusal(error: unknown): error is SprouteError {
  return (['INVALID_STATE', 'INVALID_PAYLOAD', 'INPUT_INVALID', 'USAGE', 'UNKNOWN_ENTITY', 'NOT_FOUND'] as const).some(
    (code) => isSprouteError(error, code),
  );
}
