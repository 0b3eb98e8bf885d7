import { nameKey, typeKey } from '../name-key.ts';
import { parseTimeBound } from '../time-bound.ts';
import { latin } from './latin.ts';

/** What an attribute's values are: dates are compared as spans of time, marks (ids, addresses) letter by letter. */
type AttributeSort = 'birth' | 'date' | 'id' | 'address' | 'trait' | 'other';

/** An attribute as identity compares it. */
export interface ComparedAttribute {
  key: string;
  sort: AttributeSort;
  /** Normal form of the value. */
  value: string;
  /** Of dates: first and last day, YYYY-MM-DD; undefined if it is not understood. */
  span: { earliest: string; latest: string; precision: string } | undefined;
}

const names: Record<Exclude<AttributeSort, 'other'>, Record<string, string>> = {
  birth: {
    birth_date: 'born birthdate birthday birth date_of_birth dob birth_year year_of_birth',
    death_date: 'died deathdate death date_of_death death_year year_of_death',
  },
  date: {
    founded: 'founding_date foundation foundation_date established establishment inception founded_in formed',
    release_date: 'released published publication_date date_published first_published premiere release year_published',
    start_date: 'started start_time begin_date began',
    end_date: 'ended end_time',
  },
  id: {
    wikidata: 'wikidata_id qid',
    imdb: 'imdb_id',
    orcid: 'orcid_id',
    viaf: 'viaf_id',
    isni: 'isni_id',
    lei: 'lei_code',
    iso_code: 'iso country_code',
    doi: '',
    cas_number: 'cas',
  },
  address: {
    website: 'url homepage web_site official_website',
    email: 'e_mail email_address',
  },
  trait: { gender: 'sex' },
};
const sorts = new Map<string, { key: string; sort: AttributeSort }>();
for (const sort of ['birth', 'date', 'id', 'address', 'trait'] as const) {
  for (const [key, synonyms] of Object.entries(names[sort])) {
    for (const name of [key, ...synonyms.split(' ').filter(Boolean)]) sorts.set(name, { key, sort });
  }
}
const months = 'january february march april may june july august september october november december'.split(' ');

export function comparedAttribute(key: string, value: string): ComparedAttribute {
  const raw = typeKey(key);
  const { key: known, sort } = sorts.get(raw) ?? { key: raw, sort: 'other' as const };
  const normal = nameKey(value);
  if (sort === 'birth' || sort === 'date') return { key: known, sort, value: normal, span: spanOf(normal) };
  const plain =
    sort === 'address'
      ? normal
          .replace(/^https?:\/\//, '')
          .replace(/^www\./, '')
          .replace(/\/+$/, '')
      : normal;
  return { key: known, sort, value: plain, span: undefined };
}

/** What attributes of two entities say about their being one. */
export interface AttributeVerdict {
  /** Bits for it from what tells people and things apart: a full birth date 14, a year 5, an identifier 25. */
  agreement: number;
  /** Bits for it from what many have in common, relatives above all: 3 for a value, 6 at most. */
  resemblance: number;
  agreeing: string[];
  /** Keys that only have one true value and differ: they are two. */
  contradicting: string[];
  /** Keys whose values differ, which may mean something or nothing. */
  differing: string[];
}

const mostResemblance = 6;
const spanBits: Record<string, number> = { day: 14, month: 10, year: 5 };

export function compareAttributes(
  one: readonly ComparedAttribute[],
  other: readonly ComparedAttribute[],
): AttributeVerdict {
  const verdict: AttributeVerdict = { agreement: 0, resemblance: 0, agreeing: [], contradicting: [], differing: [] };
  const keys = new Set(one.map(({ key }) => key));
  for (const key of [...keys].sort()) {
    const [values, others] = [one.filter((each) => each.key === key), other.filter((each) => each.key === key)];
    if (others.length === 0) continue;
    const best = Math.max(...values.flatMap((value) => others.map((another) => agreementOf(value, another))));
    if (best > 0) {
      const isCommon = values.every(({ sort }) => sort === 'trait' || sort === 'other');
      if (isCommon) verdict.resemblance = Math.min(mostResemblance, verdict.resemblance + best);
      else verdict.agreement += best;
      verdict.agreeing.push(key);
    } else if (best < 0) verdict.contradicting.push(key);
    else verdict.differing.push(key);
  }
  return verdict;
}

/** Bits in favour, negative for a contradiction, 0 for a difference that proves nothing. */
function agreementOf(one: ComparedAttribute, other: ComparedAttribute): number {
  if (one.sort === 'birth' || one.sort === 'date') return spanAgreement(one, other);
  const isEqual = one.value === other.value && one.value !== '';
  if (one.sort === 'id') return isEqual ? 25 : -1;
  if (one.sort === 'address') return isEqual ? 20 : 0;
  if (one.sort === 'trait') return isEqual ? 1 : isOneWord(one) && isOneWord(other) ? -1 : 0;
  return isEqual ? 3 : 0;
}

function spanAgreement(one: ComparedAttribute, other: ComparedAttribute): number {
  const [a, b] = [one.span, other.span];
  if (!a || !b) return one.value === other.value && one.value !== '' ? 5 : 0;
  if (a.earliest <= b.latest && b.earliest <= a.latest) {
    const bits = Math.min(spanBits[a.precision] ?? 2, spanBits[b.precision] ?? 2);
    return one.sort === 'birth' ? bits : Math.min(bits, 8);
  }
  // Releases and foundings are dated by different events of one or two years; births and deaths are not.
  const years = Math.abs(Number(a.earliest.slice(0, 4)) - Number(b.earliest.slice(0, 4)));
  return one.sort === 'date' && years <= 1 ? 0 : -1;
}

function isOneWord(attribute: ComparedAttribute): boolean {
  return /^[a-z]+$/.test(attribute.value);
}

/** A date in ISO form, with a written month in English, or else the only year that is named. */
function spanOf(value: string): ComparedAttribute['span'] {
  const bound = parseTimeBound(isoOf(latin(value)) ?? value);
  const { earliest, latest, precision } = bound;
  return earliest !== null && latest !== null ? { earliest, latest, precision } : undefined;
}

function isoOf(value: string): string | undefined {
  if (/\bb\.? ?c/.test(value)) return undefined;
  const found =
    /\b(?<day>\d{1,2})(?:st|nd|rd|th)?(?: of)?[ .]+(?<month>[a-z]{3,9})\.?,? +(?<year>\d{4})\b/.exec(value)?.groups ??
    /\b(?<month>[a-z]{3,9})\.? +(?:(?<day>\d{1,2})(?:st|nd|rd|th)?,? +)?(?<year>\d{4})\b/.exec(value)?.groups;
  const written = found?.month ?? '';
  const month = months.findIndex((name) => name === written || name.slice(0, 3) === written) + 1;
  if (found && month > 0) {
    const parts = [found.year ?? '', String(month).padStart(2, '0'), found.day?.padStart(2, '0')];
    return parts.filter((part) => part !== undefined).join('-');
  }
  const years = value.match(/\b\d{4}\b/g) ?? [];
  return years.length === 1 && !/\d{4}-\d/.test(value) ? years[0] : undefined;
}
