import type { Knowledge } from './knowledge.ts';
import { conceptsOf } from './prose/concepts.ts';
import { periodsOf } from './prose/periods.ts';
import { quoteOf } from './prose/quotes.ts';
import { topicsOf } from './prose/topics.ts';

/** A period as the contracts take it. */
export interface PeriodAnswer {
  name: string;
  type: string | null;
  start: string | null;
  end: string | null;
  description: string | null;
  quote: string;
  confidence: number;
}

/** A concept as the contracts take it. */
export interface ConceptAnswer {
  name: string;
  type: string | null;
  description: string | null;
  quote: string;
  confidence: number;
}

/** A tag as the contracts take it. */
export interface TagAnswer {
  name: string;
  entity: string | null;
  broader: string | null;
  quote: string;
  confidence: number;
}

const mostPeriods = 200;
const mostConcepts = 500;
const mostTags = 200;

export function periodAnswers({ reading, entities, relations }: Knowledge): PeriodAnswer[] {
  return periodsOf(reading, entities, relations)
    .slice(0, mostPeriods)
    .map(({ name, kind, start, end, read, at, strength }) => ({
      name,
      type: kind,
      start: start ?? null,
      end: end ?? null,
      description: null,
      quote: quoteOf(reading.content, read, at.from, at.to),
      confidence: strength,
    }));
}

export function conceptAnswers({ reading, entities }: Knowledge): ConceptAnswer[] {
  return conceptsOf(reading, entities)
    .slice(0, mostConcepts)
    .map(({ name, kind, read, at, strength }) => ({
      name,
      type: kind ?? null,
      description: null,
      quote: quoteOf(reading.content, read, at.from, at.to),
      confidence: strength,
    }));
}

export function tagAnswers({ reading, entities, subject }: Knowledge): TagAnswer[] {
  return topicsOf(reading, entities, subject)
    .slice(0, mostTags)
    .map(({ name, entity, broader, read, at, strength }) => ({
      name,
      entity: entity?.name ?? null,
      broader: broader ?? null,
      quote: quoteOf(reading.content, read, at.from, at.to),
      confidence: strength,
    }));
}
