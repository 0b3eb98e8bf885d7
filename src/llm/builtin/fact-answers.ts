import type { Knowledge } from './knowledge.ts';
import { relationConfidence } from './prose/confidence.ts';
import { quoteOf } from './prose/quotes.ts';
import type { WorkContext } from './relationship-answers.ts';

/** A fact as the contracts take it. */
export interface FactAnswer {
  subject: string;
  attribute: string;
  value: string;
  unit: string | null;
  valid_from: string | null;
  valid_to: string | null;
  work_context: WorkContext | null;
  continuity: string | null;
  quote: string;
  confidence: number;
}

const mostFacts = 1000;

/** The dated and measured properties of a text's named things, each once, the surest statement of it. */
export function factAnswers({ reading, facts, certain }: Knowledge): FactAnswer[] {
  const best = new Map<string, FactAnswer>();
  for (const fact of facts) {
    const answer = {
      subject: fact.entity.name,
      attribute: fact.key,
      value: fact.value,
      unit: fact.unit,
      valid_from: fact.time?.start ?? null,
      valid_to: fact.time?.end ?? null,
      work_context: fact.works === undefined ? null : { from: fact.works.from ?? null, to: fact.works.to ?? null },
      continuity: fact.continuity ?? null,
      quote: quoteOf(reading.content, fact.read, fact.at.from, fact.at.to),
      confidence: relationConfidence(fact.strength, certain.get(fact.entity) ?? 0),
    };
    const key = JSON.stringify([answer.subject, answer.attribute, answer.value, answer.unit]);
    const other = best.get(key);
    if (other === undefined || answer.confidence > other.confidence) best.set(key, answer);
  }
  return [...best.values()].slice(0, mostFacts);
}
