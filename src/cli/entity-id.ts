import { SprouteError } from '../errors.ts';
import { wholeNumber } from './options.ts';

export const entityIdArgument = wholeNumber(1, Number.MAX_SAFE_INTEGER);

export function unknownEntity(id: number): SprouteError {
  return new SprouteError('UNKNOWN_ENTITY', `No entity has the id ${id}.`, {
    hint: '`sproute entity search <name>` finds ids.',
  });
}
