import { type ComparedAttribute, comparedAttribute } from './attribute.ts';
import { type IdentityEntity, kindOf } from './entity.ts';
import { type NameForm, nameForm } from './name-form.ts';

/** An entity with everything about it taken apart once. */
export interface Profile {
  entity: IdentityEntity;
  form: NameForm;
  aliases: NameForm[];
  attributes: ComparedAttribute[];
  neighbours: ReadonlySet<string>;
  /** What comparisons are ordered by: what it is called, so that ids do not matter. */
  order: string;
}

/** More aliases than this are not looked at, in the order of their spelling. */
const mostAliases = 24;
const mostAttributes = 64;

export function profileOf(entity: IdentityEntity): Profile {
  const kind = kindOf(entity.type_family);
  const aliases = [...new Set(entity.aliases)].filter((alias) => alias !== entity.name).sort();
  return {
    entity,
    form: nameForm(entity.name, kind),
    aliases: aliases.slice(0, mostAliases).map((alias) => nameForm(alias, kind)),
    attributes: entity.attributes.slice(0, mostAttributes).map(({ key, value }) => comparedAttribute(key, value)),
    neighbours: new Set(entity.neighbours.map(String)),
    order: [entity.name, entity.type_family, ...aliases].join('\u001f'),
  };
}
