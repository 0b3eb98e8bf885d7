import { isInitial } from './capitals.ts';
import type { Mention } from './cast.ts';
import type { ReadSentence } from './reading.ts';
import type { Token } from './tokens.ts';

/** Where the text uses the page's title word for word, though not as a name that was recognised: in its heading. */
export function subjectMention(subject: string, sentences: readonly ReadSentence[]): Mention | undefined {
  const wanted = subject.split(' ');
  if (subject === '' || wanted.length > 12) return undefined;
  for (const read of sentences) {
    const from = indexOfWords(read.sentence.tokens, wanted);
    if (from === undefined) continue;
    const { tokens } = read.sentence;
    const to = from + wanted.length;
    const span = {
      from,
      to,
      name: subject,
      quoted: false,
      honorific: undefined,
      possessive: false,
      initial: isInitial(tokens, from),
    };
    return { read, span };
  }
  return undefined;
}

function indexOfWords(tokens: readonly Token[], wanted: readonly string[]): number | undefined {
  const last = tokens.length - wanted.length;
  for (let from = 0; from <= last; from++) {
    if (wanted.every((word, at) => tokens[from + at]?.text === word)) return from;
  }
  return undefined;
}
