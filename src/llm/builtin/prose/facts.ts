import type { Entity } from './cast.ts';
import type { ReadSentence } from './reading.ts';
import type { TimeExpression } from './time-expressions.ts';

/** A property of a named thing whose value is no name: when it was born, how long it is, what it cost. */
export interface Fact {
  entity: Entity;
  /** In lower snake_case. */
  key: string;
  value: string;
  unit: string | null;
  /** When it held or was measured. */
  time: TimeExpression | undefined;
  /** The titles of the works between which it holds. */
  works?: { from?: string; to?: string };
  /** The canon or timeline in which it holds. */
  continuity?: string;
  /** Between 0 and 1. */
  strength: number;
  read: ReadSentence;
  /** The tokens of the sentence that state it. */
  at: { from: number; to: number };
}
