import { InvalidArgumentError } from 'commander';
import { SprouteError } from '../errors.ts';

/** The id of an entity, as commander wants its parsers. */
export function entityIdArgument(text: string): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && id >= 1 && Number.isSafeInteger(id)) return id;
  throw new InvalidArgumentError('It should be the id of an entity; `sproute entity search <name>` finds ids.');
}

export function unknownEntity(id: number): SprouteError {
  return new SprouteError('UNKNOWN_ENTITY', `No entity has the id ${id}.`, {
    hint: '`sproute entity search <name>` finds ids.',
  });
}
