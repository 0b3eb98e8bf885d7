/** Answers how many tokens slices of one text have. Quick as long as `start` only grows from call to call. */
export interface TextMeasure {
  /** Tokens of `text.slice(start, end)`: the same number as the tokenizer gives for that slice alone. */
  count(start: number, end: number): number;
  /** An `end` beyond which hardly any slice from `start` has at most `tokens`; never inside a surrogate pair. */
  furthest(start: number, tokens: number): number;
}

/** Four UTF-16 units a token. */
export class CharacterMeasure implements TextMeasure {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  count(start: number, end: number): number {
    return Math.ceil((end - start) / charactersPerToken);
  }

  furthest(start: number, tokens: number): number {
    return codePointFloor(this.text, Math.min(this.text.length, start + tokens * charactersPerToken));
  }
}

export const charactersPerToken = 4;

/** `position`, or the one before if it is inside a surrogate pair. */
export function codePointFloor(text: string, position: number): number {
  const isInside =
    position > 0 &&
    position < text.length &&
    (text.charCodeAt(position - 1) & 0xfc00) === 0xd800 &&
    (text.charCodeAt(position) & 0xfc00) === 0xdc00;
  return isInside ? position - 1 : position;
}
