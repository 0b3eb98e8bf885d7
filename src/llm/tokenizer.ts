import { CharacterMeasure, charactersPerToken, type TextMeasure } from './chunk-measure.ts';
import { countPieces, PieceMeasure } from './chunk-piece-measure.ts';
import { type EncodingName, PieceScanner } from './chunk-pieces.ts';
import { Vocabulary } from './chunk-vocabulary.ts';

/** Counts tokens as one family of models does. */
export interface Tokenizer {
  /** Part of the chunking policy's hash: another tokenizer gives other chunks. */
  readonly name: EncodingName | 'chars/4';
  /** Whether a count is the model's own, or an estimate. */
  readonly exact: boolean;
  count(text: string): number;
  /** Counts of slices of one text, without counting it again and again. */
  measure(text: string): TextMeasure;
}

/**
 * The tokenizer of a model: exact for OpenAI's models of today, by their names with or without `openai/` before, a
 * fine-tuning around or a date behind; 4 characters a token for any other.
 */
export function tokenizerFor(model: string): Tokenizer {
  const encoding = encodingOf(model);
  return encoding === undefined ? characterTokenizer : encodingTokenizer(encoding);
}

const characterTokenizer: Tokenizer = {
  name: 'chars/4',
  exact: false,
  count: (text) => Math.ceil(text.length / charactersPerToken),
  measure: (text) => new CharacterMeasure(text),
};

const tokenizers = new Map<EncodingName, Tokenizer>();

/** One a thread, since its vocabulary takes some megabytes, which are read when it counts for the first time. */
function encodingTokenizer(encoding: EncodingName): Tokenizer {
  const made = tokenizers.get(encoding);
  if (made !== undefined) return made;
  const scanner = new PieceScanner(encoding);
  let loaded: Vocabulary | undefined;
  const vocabulary = (): Vocabulary => {
    loaded ??= new Vocabulary(encoding);
    return loaded;
  };
  const tokenizer: Tokenizer = {
    name: encoding,
    exact: true,
    count: (text) => countPieces(text, 0, text.length, scanner, vocabulary()),
    measure: (text) => new PieceMeasure(text, scanner, vocabulary()),
  };
  tokenizers.set(encoding, tokenizer);
  return tokenizer;
}

function encodingOf(model: string): EncodingName | undefined {
  const name = model.replace(/^openai\//, '').replace(/^ft:/, '');
  if (/^(?:chatgpt-4o|gpt-4o|gpt-4\.[15]|gpt-5(?:\.\d+)?|gpt-oss|o[134])(?:[-:@]|$)/.test(name)) return 'o200k_base';
  if (/^(?:gpt-4|gpt-3\.?5|text-embedding-3|text-embedding-ada-002|davinci-002|babbage-002)(?:[-:@]|$)/.test(name)) {
    return 'cl100k_base';
  }
  return undefined;
}
