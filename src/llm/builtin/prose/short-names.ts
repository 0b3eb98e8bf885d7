import type { Entity, Mention } from './cast.ts';
import { descriptorsOf } from './descriptors.ts';
import { placeKindOf, senseOf } from './lexicon.ts';
import { femaleWords, honorifics, nobleTitles } from './words.ts';

/**
 * Folds short forms of a person's name into the full one: Curie -> Marie Curie, Pierre -> Pierre Curie.
 * Where several persons share the short form, each mention goes to the one that the text spoke of last.
 */
export function resolveShortNames(groups: readonly Entity[]): Entity[] {
  const folded = mergeVariants(groups);
  const persons = folded.filter((entity) => isPersonLike(entity) && fullWords(entity).length > 1);
  const bySurname = indexBy(persons, (entity) => ownWords(entity).at(-1) ?? '');
  const byGiven = indexBy(persons, (entity) => ownWords(entity)[0] ?? '');
  const gone = new Set<Entity>();
  const families = new Set(persons.filter((entity) => entity.isSubject).map((entity) => ownWords(entity).at(-1)));
  for (const entity of [...folded].sort((a, b) => b.words.length - a.words.length)) {
    const words = ownWords(entity);
    const [first] = words;
    const last = words.at(-1);
    if (first === undefined || last === undefined || words.length > 2 || isBlocked(entity)) continue;
    // The page `Kepler space telescope` is not about Johannes Kepler.
    if (entity.isSubject && !isPersonLike(entity) && entity.type !== 'concept') continue;
    const family = (bySurname.get(last) ?? []).filter(
      (full) => full !== entity && endsWith(full, words) && sharesTitle(entity, full),
    );
    const given =
      words.length === 1 && !isTitled(entity) ? (byGiven.get(first) ?? []).filter((full) => full !== entity) : [];
    const introduced = isIntroduced(entity);
    const bearers = (family.length > 0 ? family : given).filter(
      (full) => !gone.has(full) && !(introduced && family.length === 0 && !mayBeIntroduced(full, entity, families)),
    );
    const strong = bearers.filter((full) => full.scores.best().score >= 2);
    if (strong.length > 0) bearers.splice(0, bearers.length, ...strong);
    if (bearers.length === 0 || !moveMentions(entity, bearers)) continue;
    gone.add(entity);
    const [only] = bearers;
    if (entity.isSubject && only !== undefined && bearers.length === 1) only.isSubject = true;
  }
  return folded.filter((entity) => !gone.has(entity) && !isFamily(entity, bySurname));
}

/** Of one surname; a list that goes on and on is no text about people. */
const mostBearers = 40;

function ownWords(entity: Entity): string[] {
  const words = entity.words.filter((word) => !honorifics.has(word) || entity.words.length === 1);
  return words.length === 0 ? entity.words : words;
}

/** The words that a bearer is known by; the title of `Lord Byron` counts, as it sets him apart. */
function fullWords(entity: Entity): string[] {
  return isTitled(entity) && entity.words.length === 2 ? entity.words : ownWords(entity);
}

function isTitled(entity: Entity): boolean {
  return entity.words.length > 1 && nobleTitles.has(entity.words[0] ?? '');
}

/** `Lady Lovelace` is Ada Lovelace on her page; elsewhere a lord or lady may be another of the family. */
function sharesTitle(titled: Entity, full: Entity): boolean {
  const title = titled.words.length > 1 ? (titled.words[0] ?? '') : '';
  if (!/^(?:lord|lady|baron|baroness|earl|count|countess|duke|duchess|viscount)$/.test(title)) return true;
  const given = senseOf(ownWords(full)[0] ?? '').firstName;
  const opposite = femaleWords.has(title) ? 'male' : 'female';
  return full.isSubject && given !== opposite;
}

function isPersonLike(entity: Entity): boolean {
  const { type, score } = entity.scores.best();
  return (type === 'person' || type === 'character') && score >= 1.4;
}

/** Names that mean something else of their own, whoever bears them. */
function isBlocked(entity: Entity): boolean {
  const { type, score } = entity.scores.best();
  if (type === 'person' || type === 'concept' || type === 'character')
    return entity.mentions.some(({ span }) => span.quoted);
  return (
    entity.words.length > 1 || entity.mentions.every(({ span }) => span.quoted) || (score >= 4 && type !== 'place')
  );
}

function endsWith(full: Entity, words: readonly string[]): boolean {
  const own = fullWords(full);
  if (own.length <= words.length) return false;
  const tail = own.slice(-words.length);
  return (
    words.every((word, at) => word === tail[at]) ||
    (words.length === 2 && own.length > 2 && own[0] === words[0] && own.at(-1) === words[1])
  );
}

function indexBy(entities: readonly Entity[], key: (entity: Entity) => string): Map<string, Entity[]> {
  const index = new Map<string, Entity[]>();
  for (const entity of entities) {
    const known = index.get(key(entity)) ?? [];
    if (known.length < mostBearers) index.set(key(entity), [...known, entity]);
  }
  return index;
}

/** Joins `Franklin Roosevelt` and `Franklin D. Roosevelt`: same first and last word, the longer name wins. */
function mergeVariants(groups: readonly Entity[]): Entity[] {
  const persons = groups.filter((entity) => isPersonLike(entity) && entity.words.length > 1);
  const longest = new Map<string, Entity>();
  for (const entity of persons) {
    const key = `${ownWords(entity)[0]} ${ownWords(entity).at(-1)}`;
    const known = longest.get(key);
    if (known === undefined || rank(entity) > rank(known)) longest.set(key, entity);
  }
  const gone = new Set<Entity>();
  for (const entity of persons) {
    const full = longest.get(`${ownWords(entity)[0]} ${ownWords(entity).at(-1)}`);
    if (full === undefined || full === entity || ownWords(entity).length < 2) continue;
    full.mentions.push(...entity.mentions);
    full.mentions.sort(byPosition);
    full.aliases.add(entity.name);
    gone.add(entity);
  }
  return groups.filter((entity) => !gone.has(entity));
}

function rank(entity: Entity): number {
  return entity.words.length + (entity.isSubject ? 100 : 0);
}

/** `her sister Bronisława`: the given name brings in a person who was not named before. */
function isIntroduced(entity: Entity): boolean {
  const [first] = entity.mentions;
  return first !== undefined && descriptorsOf(first.read).some((one) => one.span === first.span && kin.test(one.noun));
}

const kin = /^(?:sister|brother|daughter|son|wife|husband|mother|father|cousin|niece|nephew|uncle|aunt|child|widow)$/;

/** `their daughter Irène` is Irène Curie of the page about Marie Curie, who is named in full later. */
function mayBeIntroduced(full: Entity, short: Entity, families: ReadonlySet<string | undefined>): boolean {
  return firstAt(full) > firstAt(short) && families.has(ownWords(full).at(-1));
}

function firstAt(entity: Entity): number {
  const [first] = entity.mentions;
  return first === undefined ? 0 : position(first);
}

/** Gives each mention to its bearer; returns whether none is left. */
function moveMentions(entity: Entity, bearers: readonly Entity[]): boolean {
  const place = placeKindOf(entity.key) !== undefined;
  const kept: Mention[] = [];
  const choose = chooserOf(bearers);
  for (const mention of entity.mentions) {
    if (place && standsAsPlace(mention)) {
      kept.push(mention);
      continue;
    }
    const bearer = choose(mention);
    bearer?.mentions.push(mention);
    bearer?.aliases.add(mention.span.name);
  }
  for (const bearer of bearers) bearer.mentions.sort(byPosition);
  entity.mentions = kept;
  return kept.length === 0;
}

function standsAsPlace({ read, span }: Mention): boolean {
  const before = read.sentence.tokens[span.from - 1]?.lower ?? '';
  return ['in', 'at', 'to', 'from', 'near', 'into', ','].includes(before);
}

/**
 * Tells whom a short name means, for mentions in the order of the text: the page's subject if it bears the name, else
 * the person whom the paragraph named in full last, else the one named most.
 */
function chooserOf(bearers: readonly Entity[]): (mention: Mention) => Entity | undefined {
  const full = bearers
    .flatMap((bearer) => bearer.mentions.map((mention) => ({ bearer, mention })))
    .filter(({ mention }) => mention.span.name.includes(' '))
    .sort((a, b) => byPosition(a.mention, b.mention));
  const subject = bearers.find((bearer) => bearer.isSubject);
  const [only] = bearers;
  const usual = bearers.toSorted((a, b) => b.mentions.length - a.mentions.length)[0];
  let next = 0;
  return (mention) => {
    if (bearers.length === 1) return only;
    while (next < full.length && position(full[next]?.mention) < position(mention)) next++;
    const { paragraph } = mention.read.sentence;
    const last = full[next - 1];
    const nearest = last?.mention.read.sentence.paragraph === paragraph ? last.bearer : undefined;
    return subject ?? nearest ?? usual;
  };
}

/** `the Curies`: a family, not a further person. */
function isFamily(entity: Entity, bySurname: ReadonlyMap<string, Entity[]>): boolean {
  return (
    entity.words.length === 1 &&
    entity.key.endsWith('s') &&
    bySurname.has(entity.key.slice(0, -1)) &&
    senseOf(entity.key).place === undefined
  );
}

function byPosition(a: Mention, b: Mention): number {
  return position(a) - position(b);
}

function position(mention: Mention | undefined): number {
  return mention?.read.sentence.tokens[mention.span.from]?.start ?? 0;
}
