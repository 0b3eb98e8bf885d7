import { InvalidArgumentError } from 'commander';

/** A whole number within bounds, as commander wants its parsers. */
export function wholeNumber(least: number, most = 2_147_483_647): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It should be a whole number from ${least} to ${most}.`);
  };
}

/** An amount of USD from 0 on. */
export function usd(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value < 1_000_000) return value;
  throw new InvalidArgumentError('It should be an amount of USD such as 0, 0.25 or 100.');
}

/** `a,b,c` as a list without empty parts. */
export function commaList(text: string): string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length > 0) return parts;
  throw new InvalidArgumentError('It should be a list such as a,b,c.');
}

export function numberList(text: string): number[] {
  return commaList(text).map(wholeNumber(1, Number.MAX_SAFE_INTEGER));
}

const statuses = ['NEW', 'SCHEDULED', 'RUNNING', 'SUCCEEDED', 'DEADLETTER', 'CANCELLED'];

/** A status of llm.job, in any case. */
export function jobStatus(text: string): string {
  const status = text.toUpperCase();
  if (statuses.includes(status)) return status;
  throw new InvalidArgumentError(`It should be one of ${statuses.join(', ')}.`);
}

/** A name of something; white space around it does not count. */
export function name(text: string): string {
  if (text.trim() !== '') return text.trim();
  throw new InvalidArgumentError('It should not be empty.');
}

/** A day or a month that is in the calendar, such as 2026-11 or 2026-11-21. */
export function dayOrMonth(text: string): string {
  const [, month, day = '-01'] = /^(\d{4}-\d\d)(-\d\d)?$/.exec(text) ?? [];
  const instant = new Date(`${month}${day}T00:00:00Z`);
  if (month !== undefined && !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(`${month}${day}`)) {
    return text;
  }
  throw new InvalidArgumentError('It should be a day or a month such as 2026-11-21 or 2026-11.');
}

/** An option that may be given several times. */
export function repeated(text: string, before: string[] = []): string[] {
  if (text === '') throw new InvalidArgumentError('It should not be empty.');
  return [...before, text];
}

const unitMs = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000, y: 365 * 86_400_000 };

/** An age such as 90d as the instant that long ago. */
export function ageAgo(text: string): Date {
  const [, count, unit] = /^(\d{1,5})([hdwy])$/.exec(text) ?? [];
  const ms = Object.entries(unitMs).find(([name]) => name === unit)?.[1];
  if (count !== undefined && ms !== undefined) return new Date(Date.now() - Number(count) * ms);
  throw new InvalidArgumentError('It should be an age such as 12h, 90d, 8w or 2y.');
}

/** An instant: an age such as 7d, or an ISO 8601 day or time (UTC where it names no zone). */
export function ageOrInstant(text: string): Date {
  if (/^\d+[a-z]$/.test(text)) return ageAgo(text);
  const instant = new Date(/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text) ? `${text}Z` : text);
  if (/^\d{4}-\d\d/.test(text) && !Number.isNaN(instant.getTime())) return instant;
  throw new InvalidArgumentError('It should be an age such as 7d, or a day or time such as 2026-11-21T10:00.');
}

/** A whole run_id or correlation id. */
export function uuid(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It should be a whole id such as 019f1fc6-b0bb-7e11-bc42-000000061b8f.');
}

/** The id of a group of dead letters, or its beginning. */
export function errorGroup(text: string): string {
  if (/^[0-9a-f]{1,12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It should be an id of `sproute job dead`, such as 3f2a91c07be4, or its beginning.');
}
