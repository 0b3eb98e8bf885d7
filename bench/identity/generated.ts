import type { IdentityEntity } from '../../src/knowledge/identity/entity.ts';
import { nameKey } from '../../src/knowledge/name-key.ts';

/** Entities with doublets among them; `doublets` are pairs of ids that are one. */
export interface GeneratedPool {
  entities: IdentityEntity[];
  doublets: [number, number][];
}

const given =
  'Anna Boris Carla David Elena Frank Greta Hans Irene Jan Karin Leo Maria Nils Olga Paul Rita Simon Tina Viktor'.split(
    ' ',
  );
const starts = 'Bal Cor Dren Fal Gor Hal Jor Kest Lund Mar Nor Ost Pel Quin Ros Stan Tor Ulm Vas Wer Zel'.split(' ');
const middles = 'a e i o u an en in on ar er or el il ov ev'.split(' ');
const ends = 'berg dorf feld gard ham kov lund man nik rud son sted ton val vik wood zak stein mark'.split(' ');
const nouns = 'Steel Bank Motors Institute Museum Press Railway Software Insurance Airlines Society Academy'.split(' ');
const things = 'Mission Symphony Treaty Expedition Model Engine Cruiser Satellite Concerto Festival'.split(' ');
const shareOfDoublets = 0.1;

/** A pool of a size, the same every time: people, organisations, places and numbered things, a tenth of them twice. */
export function generatePool(size: number): GeneratedPool {
  const random = randomNumbers(size);
  const pick = <Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  };
  // Of a thousand family names the first are common, as among people.
  const stem = () => `${pick(starts)}${pick(middles)}${random() < 0.5 ? pick(middles) : ''}${pick(ends)}`;
  const families = Array.from({ length: Math.max(200, Math.floor(size / 5)) }, stem);
  const family = () => families[Math.floor(families.length * random() ** 2)] ?? 'Lund';
  const person = () => `${pick(given)} ${random() < 0.3 ? `${pick(given)} ` : ''}${family()}`;
  const makers: [string, () => string][] = [
    ['person', person],
    ['person', person],
    ['organization', () => `${stem()} ${pick(nouns)}`],
    ['location', () => `${random() < 0.3 ? 'Mount ' : ''}${stem()}`],
    ['event', () => `${stem()} ${pick(things)} ${Math.floor(random() * 30) + 1}`],
  ];
  const pool: GeneratedPool = { entities: [], doublets: [] };
  const seen = new Set<string>();
  const put = (name: string, type_family: string, twin?: number): number | undefined => {
    const key = `${nameKey(name)} ${type_family}`;
    if (seen.has(key)) return undefined;
    seen.add(key);
    const entity_id = pool.entities.length + 1;
    const made = entity(entity_id, name, type_family, random);
    // Half of the doublets are seen with something that the other was seen with too.
    const seenWith =
      twin !== undefined && random() < 0.5 ? (pool.entities[twin - 1]?.neighbours.slice(0, 2) ?? []) : [];
    pool.entities.push({ ...made, neighbours: [...made.neighbours, ...seenWith] });
    return entity_id;
  };
  while (pool.entities.length < size) {
    const [type_family, make] = pick(makers);
    const name = make();
    const id = put(name, type_family);
    if (id === undefined || random() > shareOfDoublets || pool.entities.length >= size) continue;
    const doublet = put(respelt(name, type_family, random), type_family, id);
    if (doublet !== undefined) pool.doublets.push([id, doublet]);
  }
  return pool;
}

function entity(entity_id: number, name: string, type_family: string, random: () => number): IdentityEntity {
  const neighbours = Array.from({ length: 3 }, () => Math.floor(random() ** 3 * entity_id * 3));
  return {
    entity_id,
    name,
    name_key: nameKey(name),
    type_family,
    aliases: random() < 0.1 ? [`The ${name}`] : [],
    attributes: random() < 0.2 ? [{ key: 'note', value: `note ${Math.floor(random() * 1000)}` }] : [],
    neighbours,
    disambiguator: '',
  };
}

/** The name as another page may have it. */
function respelt(name: string, type_family: string, random: () => number): string {
  const words = name.split(' ');
  const last = words.at(-1) ?? name;
  const ways =
    type_family === 'person'
      ? [`Dr. ${name}`, `${last}, ${words.slice(0, -1).join(' ')}`, `${name.charAt(0)}. ${last}`, name.toUpperCase()]
      : [name.toUpperCase(), name.replace(' ', '-'), `The ${name}`, name.replace(/(?<=\w{4})[aeiou]/, 'ä')];
  const at = 3 + Math.floor(random() * Math.max(1, name.length - 4));
  const swapped = `${name.slice(0, at)}${name.charAt(at + 1)}${name.charAt(at)}${name.slice(at + 2)}`;
  return [...ways, swapped][Math.floor(random() * (ways.length + 1))] ?? name;
}

/** Mulberry32: even numbers from 0 to 1, the same for a seed everywhere. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
