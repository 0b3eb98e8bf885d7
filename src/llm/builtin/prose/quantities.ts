import type { NounPhrase } from './phrases.ts';
import type { Token } from './tokens.ts';

/** A number in a noun phrase with what it counts or measures: 1.4 metres, sixty copper plates, £92,000. */
export interface Quantity {
  /** As the text writes it: `1.4 million`, `sixty-three`. */
  value: string;
  /** The unit of a measure or currency. */
  unit: string | null;
  /** The noun that is counted, as written; empty for measures. */
  noun: string;
  from: number;
  to: number;
}

const numberWords = new Set(
  `two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
  twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million dozen`.split(/\s+/),
);
const compoundNumber =
  /^(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-(?:one|two|three|four|five|six|seven|eight|nine)$/;
const scales = new Set(['million', 'billion', 'thousand', 'hundred']);
const units = new Set(
  `metre metres meter meters kilometre kilometres kilometer kilometers centimetre centimetres millimetre millimetres foot
  feet inch inches yard yards mile miles knot knots acre acres hectare hectares gram grams kilogram kilograms tonne tonnes
  ton tons pound pounds ounce ounces litre litres liter liters gallon gallons watt watts kilowatt kilowatts megawatt
  megawatts volt volts hertz kilohertz megahertz horsepower degree degrees percent league leagues fathom fathoms point
  points light-year light-years km m cm mm kg g kw mw hp`.split(/\s+/),
);
const currencies = new Set(
  `dollar dollars euro euros pound pounds franc francs mark marks krone kroner krona kronor crown crowns yen rouble roubles
  ruble rubles peso pesos lira lire guilder guilders rupee rupees`.split(/\s+/),
);
const signs = new Set(['£', '$', '€', '¥']);
const numeral = /^\d[\d,]*(?:\.\d+)?$/;

/** The quantity that a noun phrase states; undefined if it states none. */
export function quantityOf(tokens: readonly Token[], { from, to, span, pronoun }: NounPhrase): Quantity | undefined {
  if (span !== undefined || pronoun !== '') return undefined;
  const start = indexOfNumber(tokens, from, to);
  if (start === undefined) return undefined;
  let end = start + 1;
  while (end < to && (scales.has(tokens[end]?.lower ?? '') || isNumber(tokens[end]))) end++;
  const value = tokens
    .slice(start, end)
    .map(({ text }) => text)
    .join(' ');
  // A 2008 film is no number of films.
  if (/^(?:1[0-9]|20)\d\d$/.test(value) && !/s$|men$|people$|children$/.test(tokens[to - 1]?.lower ?? ''))
    return undefined;
  // Several hundred are no number.
  if (scales.has(value) && !/^an?$/.test(tokens[start - 1]?.lower ?? '')) return undefined;
  const sign = tokens[start - 1]?.text ?? '';
  const last = tokens[to - 1];
  const measure = tokens[end]?.lower ?? '';
  const at = { value, from: start, to: Math.max(to, end) };
  if (signs.has(sign)) return { ...at, unit: sign, noun: '' };
  if (end < to && (units.has(measure) || currencies.has(measure)))
    return { ...at, unit: tokens[end]?.text ?? null, noun: '' };
  if (end >= to || last === undefined) return { ...at, unit: null, noun: '' };
  const isMeasure = units.has(last.lower) || currencies.has(last.lower);
  return /^\p{Ll}/u.test(last.text) && !isMeasure ? { ...at, unit: null, noun: last.lower } : undefined;
}

export function isMoney({ unit }: Quantity): boolean {
  return unit !== null && (signs.has(unit) || currencies.has(unit.toLowerCase()));
}

function indexOfNumber(tokens: readonly Token[], from: number, to: number): number | undefined {
  for (let at = from; at < to; at++) if (isNumber(tokens[at])) return at;
  return undefined;
}

function isNumber(token: Token | undefined): boolean {
  if (token === undefined || token.possessive) return false;
  return numeral.test(token.text) || numberWords.has(token.lower) || compoundNumber.test(token.lower);
}
