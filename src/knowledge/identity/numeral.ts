const small =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const smallOrdinals =
  'zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth'.split(
    ' ',
  );
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const tensOrdinals = 'twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth'.split(' ');

const numberWords = new Map<string, number>([
  ...small.map((word, at) => [word, at] as [string, number]),
  ...smallOrdinals.map((word, at) => [word, at] as [string, number]),
  ...tens.map((word, at) => [word, (at + 2) * 10] as [string, number]),
  ...tensOrdinals.map((word, at) => [word, (at + 2) * 10] as [string, number]),
  ['hundred', 100],
  ['hundredth', 100],
  ['thousand', 1000],
]);

const digits = /^(\d+(?:\.\d+)*)(?:st|nd|rd|th)?$/;
const roman = /^(?=.)(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})$/i;
const romanValues: Record<string, number> = { i: 1, v: 5, x: 10, l: 50, c: 100 };

/** What a number word, ordinal or cardinal, stands for. */
export function numberOfWord(word: string): number | undefined {
  return numberWords.get(word);
}

/** A number in digits, an ordinal's ending dropped, without leading zeros: '007' and '7th' are '7', '3.10' stays. */
export function numberOfDigits(word: string): string | undefined {
  const found = digits.exec(word)?.[1];
  return found?.replaceAll(/(?<=^|\.)0+(?=\d)/g, '');
}

/**
 * The value of a roman numeral up to 99. With an L or C it must be written in capitals (LII, but not Li). A single
 * letter counts where `single` says that its place in the name allows it.
 */
export function numberOfRoman(written: string, single: boolean): number | undefined {
  if (!roman.test(written)) return undefined;
  const isUpper = written === written.toUpperCase();
  if (written.length === 1) return single && isUpper && /[IVX]/.test(written) ? romanValue(written) : undefined;
  return isUpper || !/[lc]/i.test(written) ? romanValue(written) : undefined;
}

/** Number words in a row as one number: twenty, first is 21; one, hundred is 100. Undefined if they do not combine. */
export function combineNumbers(one: number, next: number): number | undefined {
  if (one >= 20 && one < 100 && one % 10 === 0 && next > 0 && next < 10) return one + next;
  return one > 0 && one < 100 && (next === 100 || next === 1000) ? one * next : undefined;
}

/** Runs of digits anywhere in a word, points between them kept: 'a380' has 380, 'i7' has 7. */
export function digitRuns(word: string): string[] {
  return (word.match(/\d+(?:\.\d+)*/g) ?? []).map((run) => numberOfDigits(run) ?? run);
}

function romanValue(written: string): number {
  const values = [...written.toLowerCase()].map((letter) => romanValues[letter] ?? 0);
  return values.reduce((sum, value, at) => sum + (value < (values[at + 1] ?? 0) ? -value : value), 0);
}
