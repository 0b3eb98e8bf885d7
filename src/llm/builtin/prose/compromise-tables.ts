import nlp from 'compromise/two';

/** The word list and the verb tables of `compromise`, checked once where they enter. */
export const compromiseTables = load();

interface Tables {
  /** The tags of a word or of words joined by blanks, lower case; empty if it is not listed. */
  tags: (lower: string) => readonly string[];
  /** Words of two classes, such as Noun|Verb. */
  switches: (lower: string) => string;
  infinitiveOf: (word: string, tense: 'PastTense' | 'PresentTense' | 'Participle') => string;
  pastOf: (lemma: string) => string;
}

const none: readonly string[] = [];

function load(): Tables {
  const model: unknown = nlp.model();
  const lexicon = recordAt(model, 'one', 'lexicon');
  const switches = recordAt(model, 'two', 'switches');
  const verb = recordAt(nlp.methods(), 'two', 'transform', 'verb');
  const { toInfinitive, conjugate } = verb;
  return {
    tags: (lower) => {
      const found = Object.hasOwn(lexicon, lower) ? lexicon[lower] : undefined;
      if (typeof found === 'string') return [found];
      return Array.isArray(found) ? found.filter((tag) => typeof tag === 'string') : none;
    },
    switches: (lower) => {
      const found = Object.hasOwn(switches, lower) ? switches[lower] : undefined;
      return typeof found === 'string' ? found : '';
    },
    infinitiveOf: (word, tense) => {
      const found: unknown = typeof toInfinitive === 'function' ? toInfinitive(word, model, tense) : undefined;
      return typeof found === 'string' && found !== '' ? found : word;
    },
    pastOf: (lemma) => {
      const forms: unknown = typeof conjugate === 'function' ? conjugate(lemma, model) : undefined;
      const past = isRecord(forms) ? forms.PastTense : undefined;
      return typeof past === 'string' && past !== '' ? past : `${lemma}ed`;
    },
  };
}

function recordAt(root: unknown, ...path: string[]): Record<string, unknown> {
  let at: unknown = root;
  for (const key of path) at = isRecord(at) ? at[key] : undefined;
  return isRecord(at) ? at : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
