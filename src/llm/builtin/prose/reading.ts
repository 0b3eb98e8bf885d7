import { type Capitals, capitalsOf } from './capitals.ts';
import { type Clause, clausesOf } from './clauses.ts';
import { type EntityType, typeOfKind } from './kinds.ts';
import { type NameSpan, nameSpansOf } from './name-spans.ts';
import { type Phrase, phrasesOf } from './phrases.ts';
import { type Sentence, sentencesOf } from './sentences.ts';
import { timesOf } from './time-expressions.ts';

/** A sentence with everything that was read out of it. */
export interface ReadSentence {
  sentence: Sentence;
  spans: NameSpan[];
  phrases: Phrase[];
  clauses: Clause[];
}

/** A text, read once for all answers about it. */
export interface Reading {
  /** The name of the page's subject: its title without a bracketed addition. */
  subject: string;
  /** What a bracketed addition to the title says: (1977 film). */
  subjectKind: EntityType | undefined;
  content: string;
  capitals: Capitals;
  sentences: ReadSentence[];
}

const longestTitle = 200;

/** Reads a text: sentences, names, phrases, statements. Linear in the text. */
export function readText(title: string, content: string): Reading {
  const subject = subjectOfTitle(title);
  const sentences = sentencesOf(content);
  const capitals = capitalsOf(sentences, subject === '' ? [] : [subject]);
  const kind = /\(([^)]*)\)\s*$/.exec(title.slice(0, longestTitle))?.[1]?.split(/\s+/).at(-1);
  return {
    subject,
    subjectKind: kind === undefined ? undefined : typeOfKind(kind),
    content,
    capitals,
    sentences: sentences.map((sentence) => readSentence(sentence, capitals, content)),
  };
}

/** `Star Wars (1977 film)` -> `Star Wars`; `The Cavendish Laboratory` stays as it is. */
function subjectOfTitle(title: string): string {
  return title
    .slice(0, longestTitle)
    .replace(/\s*\([^)]*\)\s*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function readSentence(sentence: Sentence, capitals: Capitals, content: string): ReadSentence {
  const times = timesOf(sentence.tokens);
  const spans = nameSpansOf(sentence, capitals, times, content);
  if (sentence.form === 'heading' || sentence.tokens.length < 2) return { sentence, spans, phrases: [], clauses: [] };
  const phrases = phrasesOf(sentence.tokens, spans, times);
  return { sentence, spans, phrases, clauses: clausesOf(phrases) };
}
