import { isObject } from '../contracts/json.ts';

/** Why an answer is none whose text says nothing, though the contract admits it; routing would refuse it for good. */
export function blankFault(answer: unknown, fields: readonly string[]): string | undefined {
  const blank = fields.find((field) => isObject(answer) && String(answer[field]).trim() === '');
  return blank && `${blank} is blank`;
}
