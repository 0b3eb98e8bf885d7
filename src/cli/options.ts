import { InvalidArgumentError } from 'commander';

/** A whole number within bounds, as commander wants its parsers. */
export function wholeNumber(least: number, most = 2_147_483_647): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It should be a whole number from ${least} to ${most}.`);
  };
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

/** An option that may be given several times. */
export function repeated(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}
