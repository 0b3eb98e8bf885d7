import { isPersonPlural, typeOfKind } from './kinds.ts';
import type { ReadSentence } from './reading.ts';

/** A list or table with what introduces it. */
export interface List {
  /** The heading, the line that ends in a colon, or the head of the table; undefined for a list that stands alone. */
  intro: ReadSentence | undefined;
  form: 'item' | 'row';
  /** The first sentence of each item, the rows of a table. */
  lines: ReadSentence[];
}

/** The lists and tables of a text, in order. */
export function listsOf(sentences: readonly ReadSentence[]): List[] {
  const lists: List[] = [];
  let open: List | undefined;
  let last: ReadSentence | undefined;
  for (const read of sentences) {
    const { form, paragraph } = read.sentence;
    if (form === 'item' || form === 'row') {
      if (open?.form !== form) {
        open = { intro: last !== undefined && introduces(last) ? last : undefined, form, lines: [] };
        lists.push(open);
      }
      if (open?.lines.at(-1)?.sentence.paragraph !== paragraph) open?.lines.push(read);
    } else open = undefined;
    last = read;
  }
  return lists;
}

function introduces({ sentence }: ReadSentence): boolean {
  return sentence.form === 'heading' || sentence.tokens.at(-1)?.text === ':';
}

const collectives = new Map([
  ['cast', 'cast'],
  ['crew', 'member'],
  ['personnel', 'member'],
  ['line-up', 'member'],
  ['lineup', 'member'],
  ['staff', 'member'],
  ['honours', 'honour'],
  ['honors', 'honour'],
  ['titles', 'honour'],
  ['awards', 'honour'],
  ['trophies', 'honour'],
]);

/** What the lines of a list are, as a noun in the singular: director, member, honour; undefined if it does not say. */
export function roleOfList({ intro }: List): string | undefined {
  const words = intro?.sentence.tokens.map(({ lower }) => lower) ?? [];
  for (const word of words.toReversed()) {
    const collective = collectives.get(word);
    if (collective !== undefined) return collective;
    if (word.endsWith('men') && isPersonPlural(word)) return `${word.slice(0, -3)}man`;
    if (isPersonPlural(word) && word.endsWith('s')) return word.slice(0, -1);
  }
  return undefined;
}

/** What the cells of a column are: director, owner; undefined if its head names no kind of person or group. */
export function roleOfColumn(head: string): string | undefined {
  const noun = head.trim().toLowerCase().split(/\s+/).at(-1) ?? '';
  const singular = noun.endsWith('s') && typeOfKind(noun.slice(0, -1)) !== undefined ? noun.slice(0, -1) : noun;
  return typeOfKind(singular) === 'person' && singular !== 'name' ? singular : undefined;
}
