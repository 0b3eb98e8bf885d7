import type { Token } from './tokens.ts';
import { months, nameParticles } from './words.ts';

/** A stretch of tokens `[from, to)` that says when; without start and end it is a time of unknown date. */
export interface TimeExpression {
  from: number;
  to: number;
  /** ISO 8601 of the precision of the text, or the text's own words. */
  start: string | undefined;
  end: string | undefined;
  /** Part of a noun phrase (`the film of 1977`), not the time of the clause. */
  nominal: boolean;
}

interface Point {
  to: number;
  value: string | undefined;
  /** Month and day of a date that names no year: `-03`, `-02-04`. */
  yearless?: string;
}

const eras = new Set(['bby', 'aby', 'bc', 'bce', 'ad', 'ce']);
const seasons = new Set(['spring', 'summer', 'autumn', 'fall', 'winter']);
const partsOfTime = new Set(
  `spring summer autumn fall winter end beginning start middle turn first second third last early late half quarter weeks
  days months part years year morning evening afternoon night eve mid very month day close course opening`.split(/\s+/),
);
const fillers = new Set([
  'the',
  'of',
  'in',
  'on',
  'a',
  'that',
  'this',
  'same',
  'about',
  'early',
  'late',
  'mid',
  'around',
]);
const leads = new Set([
  'in',
  'on',
  'at',
  'by',
  'since',
  'until',
  'till',
  'from',
  'between',
  'during',
  'before',
  'after',
  'of',
  'for',
  'through',
  'around',
  'about',
  'to',
]);
const weekdays = new Set(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']);

/** The times that a sentence states, in order, not overlapping. */
export function timesOf(tokens: readonly Token[]): TimeExpression[] {
  const times: TimeExpression[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const time = timeAt(tokens, at);
    if (time === undefined) continue;
    times.push(time);
    at = time.to - 1;
  }
  return times;
}

function timeAt(tokens: readonly Token[], at: number): TimeExpression | undefined {
  const word = tokens[at]?.lower ?? '';
  if (word === 'from' || word === 'between') return rangeAt(tokens, at);
  if (leads.has(word)) {
    const point = pointAt(tokens, at + 1);
    if (point === undefined) return undefined;
    const range =
      word === 'of' || word === 'in' || word === 'during' || word === 'to' ? untilAt(tokens, point) : undefined;
    const to = range?.to ?? point.to;
    const start = point.value ?? inYearOf(range, point);
    if (word === 'until' || word === 'till')
      return { from: at, to, start: undefined, end: point.value, nominal: false };
    const vague = word === 'by' || word === 'before' || word === 'after' || word === 'to' || word === 'around';
    const nominal = word === 'of' || word === 'for' || word === 'to';
    return { from: at, to, start: vague ? undefined : start, end: range?.value, nominal };
  }
  const bare = dateAt(tokens, at);
  if (bare === undefined) return undefined;
  const range = untilAt(tokens, bare);
  return {
    from: at,
    to: range?.to ?? bare.to,
    start: bare.value ?? inYearOf(range, bare),
    end: range?.value,
    nominal: false,
  };
}

function rangeAt(tokens: readonly Token[], at: number): TimeExpression | undefined {
  const first = pointAt(tokens, at + 1);
  if (first === undefined) return bareDayRange(tokens, at);
  const second = untilAt(tokens, first) ?? untilAt(tokens, first, 'and');
  return {
    from: at,
    to: second?.to ?? first.to,
    start: first.value ?? inYearOf(second, first),
    end: second?.value,
    nominal: false,
  };
}

/** `between January and April 2002`: the first month is of the year of the second, or of the year before. */
function inYearOf(second: Point | undefined, { yearless }: Point): string | undefined {
  const year = /^(\d{4})-(\d\d)/.exec(second?.value ?? '');
  if (year === null || yearless === undefined) return undefined;
  const before = yearless.slice(1, 3) > (year[2] ?? '');
  return `${Number(year[1]) - (before ? 1 : 0)}${yearless}`;
}

/** `from 24 to 29 October 1927`, `from 22 to 19 BBY`: the first number takes month and year from the second. */
function bareDayRange(tokens: readonly Token[], at: number): TimeExpression | undefined {
  const day = tokens[at + 1];
  if (day?.kind !== 'number') return undefined;
  const joint = tokens[at + 2]?.lower;
  if (joint !== 'to' && joint !== 'and' && joint !== 'until') return undefined;
  const second = dateAt(tokens, at + 3);
  if (second?.value === undefined) return undefined;
  const era = tokens[second.to - 1]?.text ?? '';
  const start =
    eras.has(era.toLowerCase()) || isOwnEra(tokens, second.to - 1)
      ? `${day.text} ${era}`
      : second.value.length === 10
        ? `${second.value.slice(0, 8)}${day.text.padStart(2, '0')}`
        : undefined;
  return start === undefined ? undefined : { from: at, to: second.to, start, end: second.value, nominal: false };
}

function untilAt(tokens: readonly Token[], point: Point, joint?: string): Point | undefined {
  const word = tokens[point.to]?.lower ?? '';
  const joins = joint === undefined ? ['to', 'until', 'till', '-', '–', '—'].includes(word) : word === joint;
  return joins ? pointAt(tokens, point.to + 1) : undefined;
}

/** A date with the words that blur it: `the autumn of 1911`, `early 1957`, `the end of February 1915`. */
function pointAt(tokens: readonly Token[], at: number): Point | undefined {
  let next = at;
  let blurred = false;
  while (next < at + 7) {
    const word = tokens[next]?.lower ?? '';
    const date = dateAt(tokens, next);
    if (date !== undefined) {
      const value = date.value;
      const shown = blurred && value !== undefined && value.length === 10 ? value.slice(0, 7) : value;
      return { ...date, value: shown };
    }
    if (tokens[next]?.capital === true) break;
    if (partsOfTime.has(word)) blurred = true;
    else if (!fillers.has(word)) break;
    next++;
  }
  const last = tokens[next - 1]?.lower ?? '';
  const wordsOnly =
    blurred &&
    next > at &&
    (seasons.has(last) || ['year', 'month', 'day', 'morning', 'evening', 'afternoon', 'night'].includes(last));
  return wordsOnly ? { to: next, value: undefined } : undefined;
}

/** `14 December 1911`, `December 14, 1911`, `December 1911`, `1911`, `the 1970s`, `32 BBY`, `4 February`. */
function dateAt(tokens: readonly Token[], at: number): Point | undefined {
  const first = tokens[at];
  if (first === undefined) return undefined;
  if (weekdays.has(first.lower) && first.capital) {
    const comma = tokens[at + 1]?.text === ',' ? 2 : 1;
    const date = dateAt(tokens, at + comma);
    return date ?? { to: at + 1, value: undefined };
  }
  const month = monthOf(first);
  if (month !== undefined) return isGivenName(tokens, at) ? undefined : monthFirst(tokens, at, month);
  if (first.kind !== 'number') return undefined;
  const era = tokens[at + 1]?.lower ?? '';
  if (/^\d{1,5}$/.test(first.text) && (eras.has(era) || (isOwnEra(tokens, at + 1) && followsLead(tokens, at))))
    return { to: at + 2, value: `${first.text} ${tokens[at + 1]?.text}` };
  const day = /^(\d{1,2})(?:st|nd|rd|th)?$/.exec(first.text)?.[1];
  const ofMonth = day !== undefined && tokens[at + 1]?.lower === 'of' ? 2 : 1;
  const dayMonth = day === undefined || Number(day) > 31 ? undefined : monthOf(tokens[at + ofMonth]);
  if (day !== undefined && dayMonth !== undefined) {
    const year = yearOf(tokens[at + ofMonth + 1]);
    if (year === undefined)
      return { to: at + ofMonth + 1, value: undefined, yearless: `-${dayMonth}-${day.padStart(2, '0')}` };
    return { to: at + ofMonth + 2, value: `${year}-${dayMonth}-${day.padStart(2, '0')}` };
  }
  if (/^1\d\d0s$|^20\d0s$/.test(first.text)) return { to: at + 1, value: first.text };
  const iso = isoAt(tokens, at);
  if (iso !== undefined) return { to: at + 5, value: iso };
  const year = yearOf(first);
  return year === undefined || isQuantity(tokens, at) ? undefined : { to: at + 1, value: year };
}

function isoAt(tokens: readonly Token[], at: number): string | undefined {
  const [year, dash, month, second, day] = tokens.slice(at, at + 5).map((token) => token.text);
  const written = `${year}${dash}${month}${second}${day}`;
  return /^(?:1\d{3}|20\d{2})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/.test(written) ? written : undefined;
}

function monthFirst(tokens: readonly Token[], at: number, month: string): Point {
  const day = /^(\d{1,2})(?:st|nd|rd|th)?$/.exec(tokens[at + 1]?.text ?? '')?.[1];
  if (day !== undefined) {
    const comma = tokens[at + 2]?.text === ',' ? 3 : 2;
    const year = yearOf(tokens[at + comma]);
    return year === undefined
      ? { to: at + 2, value: undefined, yearless: `-${month}-${day.padStart(2, '0')}` }
      : { to: at + comma + 1, value: `${year}-${month}-${day.padStart(2, '0')}` };
  }
  const gap = tokens[at + 1]?.lower === 'of' || tokens[at + 1]?.text === ',' ? 2 : 1;
  const year = yearOf(tokens[at + gap]);
  return year === undefined
    ? { to: at + 1, value: undefined, yearless: `-${month}` }
    : { to: at + gap + 1, value: `${year}-${month}` };
}

const noEras = new Set(
  `us uk eu un am pm tv fm kb mb gb tb pb kg km cm mm ml kw mw gw kv mv hz rpm fps mph kph bhp hp dpi ppm usd eur gbp jpy ac dc
  cpu gpu ram rom ip api url mac dna rna ad pc vr ai it ii iii iv vi vii ix xi xii xx cd dvd lp ep suv nba nfl nhl mlb bbc`.split(
    /\s+/,
  ),
);

/** The letters of a calendar of the text's own, as in `271 AS`, with nothing behind them that they could count. */
function isOwnEra(tokens: readonly Token[], at: number): boolean {
  const letters = tokens[at]?.text ?? '';
  if (!/^[A-Z]{2,3}$/.test(letters) || noEras.has(letters.toLowerCase())) return false;
  const next = tokens[at + 1];
  return next === undefined || next.kind === 'mark' || behindEra.has(next.lower);
}

const behindEra = new Set(
  'to until till and or when where as by in on at with from until after before he she it they the a an his her their'.split(
    ' ',
  ),
);
const beforeEra = new Set(['in', 'from', 'to', 'until', 'till', 'since', 'between', 'and', 'by', 'before', 'after']);

function followsLead(tokens: readonly Token[], at: number): boolean {
  return beforeEra.has(tokens[at - 1]?.lower ?? '');
}

/** Karl (August) von Hardenberg, Ernst (August). */
function isGivenName(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  const next = tokens[at + 1];
  const follows = next?.capital === true || nameParticles.has(next?.text ?? '');
  return (
    before?.capital === true &&
    before.kind === 'word' &&
    follows &&
    /^(?:august|april|may|june)$/.test(tokens[at]?.lower ?? '')
  );
}

function monthOf(token: Token | undefined): string | undefined {
  return token?.capital === true && !token.possessive ? months.get(token.lower) : undefined;
}

function yearOf(token: Token | undefined): string | undefined {
  return token !== undefined && /^(?:1\d{3}|20\d{2})$/.test(token.text) ? token.text : undefined;
}

const units = new Set(
  `metres meters feet miles kilometres kilometers pounds dollars kilograms tons tonnes men women people copies volts degrees
  words pages hours years days marks francs kroner euros percent per horsepower inches yards soldiers votes books tubes`.split(
    /\s+/,
  ),
);

/** A number that counts something, such as `1500 metres`. */
function isQuantity(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text ?? '';
  return units.has(tokens[at + 1]?.lower ?? '') || ['$', '£', '€', 'No.', '#'].includes(before);
}
