import type { Cast, Entity } from './cast.ts';
import type { Descriptor } from './descriptors.ts';
import { descriptorsOf } from './descriptors.ts';
import { type EntityType, typeOfKind } from './kinds.ts';
import { bearersOf, bearsTitle, isTitle, kinship } from './kinship.ts';
import type { NameSpan } from './name-spans.ts';
import type { NounPhrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';

/** Whom a noun phrase means, and how sure that is (1 = named in full). */
export interface Referent {
  entity: Entity;
  certainty: number;
}

const fading = 0.55;
const acrossParagraphs = 0.3;
const forgotten = 0.05;
const male = new Set(['he', 'him', 'himself']);
const female = new Set(['she', 'her', 'herself']);
const plural = new Set(['they', 'them', 'both', 'themselves']);
const definiteNouns = new Map<string, EntityType>([
  ['band', 'organization'],
  ['group', 'organization'],
  ['orchestra', 'organization'],
  ['company', 'organization'],
  ['firm', 'organization'],
  ['laboratory', 'organization'],
  ['university', 'organization'],
  ['institute', 'organization'],
  ['society', 'organization'],
  ['ship', 'vehicle'],
  ['vessel', 'vehicle'],
  ['album', 'work'],
  ['film', 'work'],
  ['book', 'work'],
  ['novel', 'work'],
  ['song', 'work'],
  ['single', 'work'],
  ['expedition', 'event'],
  ['conference', 'event'],
  ['machine', 'technology'],
  ['studio', 'organization'],
  ['studios', 'organization'],
]);

/** Follows a text from sentence to sentence and remembers who was spoken of, to resolve what points back. */
export class Discourse {
  readonly #cast: Cast;
  readonly #salience = new Map<Entity, number>();
  #pair: Entity[] = [];
  #pairAge = 0;
  #paragraph = -1;
  #descriptors: Descriptor[] = [];
  #read: ReadSentence | undefined;
  /** Things that the last sentence was about, or that this one has just done something to. */
  #near = new Set<Entity>();
  #subjects = new Set<Entity>();
  #bearers: ReadonlyMap<string, Entity[]> | undefined;

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  /** Moves on to the next sentence. */
  enter(read: ReadSentence): void {
    const factor = read.sentence.paragraph === this.#paragraph ? fading : acrossParagraphs;
    this.#paragraph = read.sentence.paragraph;
    this.#pairAge++;
    this.#descriptors = descriptorsOf(read);
    this.#read = read;
    this.#near = this.#subjects;
    this.#subjects = new Set();
    for (const [entity, value] of this.#salience) {
      if (value * factor < forgotten) this.#salience.delete(entity);
      else this.#salience.set(entity, value * factor);
    }
  }

  /** Leaves a sentence: whoever it named stays in mind. */
  leave(read: ReadSentence): void {
    for (const span of read.spans) {
      const entity = this.#cast.entityOf.get(span);
      if (entity !== undefined) this.#raise(entity, 0.4);
    }
  }

  /** Marks the subjects of a clause as what the text is speaking of. */
  noticeSubjects(subjects: readonly Referent[]): void {
    for (const { entity, certainty } of subjects) {
      this.#raise(entity, 1.6 * certainty);
      this.#subjects.add(entity);
      this.#near.add(entity);
    }
    if (subjects.length > 1) {
      this.#pair = subjects.map(({ entity }) => entity);
      this.#pairAge = 0;
    }
  }

  noticeObjects(objects: readonly Referent[]): void {
    for (const { entity } of objects) {
      this.#raise(entity, 0.5);
      this.#near.add(entity);
    }
    if (objects.length > 1 && this.#pairAge > 0) {
      this.#pair = objects.map(({ entity }) => entity);
      this.#pairAge = 0;
    }
  }

  /** Two that the text has just joined, whom `they` means from here on. */
  noticePair(both: readonly Referent[]): void {
    if (both.length !== 2) return;
    this.#pair = both.map(({ entity }) => entity);
    this.#pairAge = 0;
  }

  /** What the page is about. */
  get subject(): Entity | undefined {
    return this.#cast.subject;
  }

  /** Whom a noun phrase means; `others` are excluded, as the subject of the same clause is for `him`. */
  referents(noun: NounPhrase, others: readonly Referent[] = []): Referent[] {
    if (noun.span !== undefined) return this.spanned(noun.span);
    if (noun.pronoun !== '') return this.pronoun(noun.pronoun, others);
    const same = this.#descriptors.find(
      (one) =>
        one.how !== 'label' &&
        (one.phrase === noun || (one.noun === noun.head && one.from <= noun.from && noun.to <= one.to)),
    );
    const entity = same === undefined ? undefined : this.#cast.entityOf.get(same.span);
    if (entity !== undefined) return [{ entity, certainty: 0.95 }];
    return this.#placed(noun) ?? this.#modified(noun) ?? this.#definite(noun);
  }

  /** What a name stands for. */
  spanned(span: NameSpan | undefined): Referent[] {
    const entity = span === undefined ? undefined : this.#cast.entityOf.get(span);
    return entity === undefined ? [] : [{ entity, certainty: 1 }];
  }

  /** Whom a pronoun means. */
  pronoun(word: string, others: readonly Referent[] = []): Referent[] {
    if (word.endsWith('self') || word.endsWith('selves')) return [];
    if (male.has(word) || word === 'his') return this.#person('male', others);
    if (female.has(word) || word === 'hers') return this.#person('female', others);
    if (plural.has(word) || word === 'their') return this.#several();
    return word === 'it' || word === 'its' ? this.#thing(others) : [];
  }

  #raise(entity: Entity, by: number): void {
    this.#salience.set(entity, Math.min((this.#salience.get(entity) ?? 0) + by, 4));
  }

  #person(gender: 'male' | 'female', others: readonly Referent[]): Referent[] {
    const found = this.#best(others, (entity) => {
      if (entity.type === 'vehicle' && gender === 'female') return 0.8;
      if (entity.type !== 'person' && entity.type !== 'character') return 0;
      if (entity.gender === undefined) return 0.7;
      return entity.gender === gender ? 1 : 0;
    });
    return found === undefined ? [] : [found];
  }

  #thing(others: readonly Referent[]): Referent[] {
    const found = this.#best(others, (entity) => {
      if (entity.type === 'person') return 0;
      return entity.type === 'place' && !(entity.isSubject && this.#near.has(entity)) ? 0 : 0.9;
    });
    if (found === undefined) return [];
    return [{ ...found, certainty: Math.min(found.certainty, this.#near.has(found.entity) ? 0.84 : 0.66) }];
  }

  #several(): Referent[] {
    if (this.#pairAge <= 2 && this.#pair.length > 1) {
      return this.#pair.map((entity) => ({ entity, certainty: this.#pairAge <= 1 ? 0.82 : 0.7 }));
    }
    const found = this.#best([], (entity) => (entity.type === 'organization' ? 1 : 0));
    return found === undefined ? [] : [{ ...found, certainty: Math.min(found.certainty, 0.78) }];
  }

  /** `the village of Kilbracken` is Kilbracken. */
  #placed(noun: NounPhrase): Referent[] | undefined {
    if (noun.determiner !== 'the' || !naming.test(noun.head) || this.#read === undefined) return undefined;
    const at = this.#read.phrases.indexOf(noun);
    const of = this.#read.phrases[at + 1];
    const name = this.#read.phrases[at + 2];
    if (of?.kind !== 'preposition' || of.word !== 'of' || name?.kind !== 'noun') return undefined;
    const [found] = this.spanned(name.span);
    return found?.entity.type === 'place' ? [{ entity: found.entity, certainty: 0.95 }] : undefined;
  }

  /** `the Tessar lens`: a name before the noun that says what it is. */
  #modified(noun: NounPhrase): Referent[] | undefined {
    const [span] = noun.modifiers;
    const entity = span === undefined || noun.modifiers.length > 1 ? undefined : this.#cast.entityOf.get(span);
    const kind = typeOfKind(noun.head);
    if (entity === undefined || noun.to - (span?.to ?? 0) !== 1 || kind === undefined) return undefined;
    return kind === entity.type && kind !== 'person' ? [{ entity, certainty: 0.9 }] : undefined;
  }

  /** `the band`, `the ship`: the thing of that kind that is being spoken of. */
  #definite(noun: NounPhrase): Referent[] {
    const building = this.#building(noun) ?? this.#story(noun) ?? this.#titled(noun);
    if (building !== undefined) return building;
    const usual = definiteNouns.get(noun.head);
    const type = usual ?? typeOfKind(noun.head);
    if (type === undefined || type === 'person' || noun.determiner !== 'the' || noun.modifiers.length > 0) return [];
    if (noun.to - noun.from > 2 || noun.owner !== undefined) return [];
    const next = this.#read?.phrases[this.#read.phrases.indexOf(noun) + 1];
    if (next?.kind === 'preposition' && next.word === 'of') return [];
    const found = this.#best([], (entity) => {
      if (entity.isSubject && [...entity.aliases].some((alias) => alias.endsWith(` ${noun.head}`))) return 1;
      const isCalledSo =
        entity.words.includes(noun.head) && (entity.type === 'event' || entity.type === 'organization');
      const near = isCalledSo ? 1 : entity.type === type ? kinship(entity, noun.head) : 0;
      return usual !== undefined || near === 1 ? near : 0;
    });
    if (found !== undefined) return [{ ...found, certainty: found.certainty * 0.92 }];
    const only = this.#onlyBearer(noun.head, type);
    return only === undefined ? [] : [{ entity: only, certainty: 0.85 }];
  }

  /** `the trust`, long after the only trust of the text was named. */
  #onlyBearer(word: string, type: EntityType): Entity | undefined {
    this.#bearers ??= bearersOf(this.#cast.entities);
    const named = (this.#bearers.get(word) ?? []).filter((entity) => entity.type === type);
    const [only] = named;
    const [first] = only?.mentions ?? [];
    const isKnown = (first?.read.sentence.index ?? 0) < (this.#read?.sentence.index ?? 0);
    return named.length === 1 && isKnown ? only : undefined;
  }

  /** `the building` on the page of an observatory or a church. */
  #building(noun: NounPhrase): Referent[] | undefined {
    const { subject } = this.#cast;
    const stands = subject !== undefined && (subject.type === 'organization' || subject.type === 'place');
    const isBuilding = /^(?:building|buildings|edifice|structure)$/.test(noun.head) && noun.determiner === 'the';
    const isHoused = subject?.words.some((word) => houses.test(word)) ?? false;
    return isBuilding && stands && isHoused ? [{ entity: subject, certainty: 0.85 }] : undefined;
  }

  /** `the queen`: the one who was named with that title. */
  #titled(noun: NounPhrase): Referent[] | undefined {
    if (!isTitle(noun.head) || noun.determiner !== 'the' || noun.to - noun.from !== 2) return undefined;
    const next = this.#read?.phrases[this.#read.phrases.indexOf(noun) + 1];
    if (next?.kind === 'preposition' && next.word === 'of') return undefined;
    const found = this.#best([], (entity) => (bearsTitle(entity, noun.head) ? 1 : 0));
    return found === undefined ? [] : [{ ...found, certainty: Math.min(found.certainty, 0.88) }];
  }

  /** `the story` on the page of a novel or film. */
  #story(noun: NounPhrase): Referent[] | undefined {
    const { subject } = this.#cast;
    const isStory = /^(?:story|plot|action|narrative)$/.test(noun.head) && noun.determiner === 'the';
    return isStory && subject?.type === 'work' && noun.to - noun.from === 2
      ? [{ entity: subject, certainty: 0.88 }]
      : undefined;
  }

  /** The fitting entity that is most in mind; the page's subject is always somewhat in mind. */
  #best(others: readonly Referent[], suits: (entity: Entity) => number): Referent | undefined {
    const excluded = new Set(others.map(({ entity }) => entity));
    let top: Entity | undefined;
    let topScore = 0;
    let second = 0;
    const consider = (entity: Entity, salience: number): void => {
      const score = excluded.has(entity) ? 0 : salience * suits(entity);
      if (score > topScore) {
        second = topScore;
        topScore = score;
        top = entity;
      } else if (score > second) second = score;
    };
    for (const [entity, salience] of this.#salience) consider(entity, salience + (entity.isSubject ? 0.5 : 0));
    const subject = this.#cast.subject;
    if (subject !== undefined && !this.#salience.has(subject)) consider(subject, 0.5);
    if (top === undefined || topScore < 0.2) return undefined;
    const lead = second / topScore;
    const sure = lead < 0.35 ? 0.9 : lead < 0.7 ? 0.82 : 0.7;
    return { entity: top, certainty: sure * (suits(top) >= 0.9 ? 1 : 0.9) };
  }
}

/** Nouns that stand for the place itself when its name follows: the city of Paris, as against the coast of Siberia. */
const naming =
  /^(?:city|town|village|hamlet|island|isle|port|state|province|county|kingdom|republic|district|suburb|borough|municipality|commune|parish|territory|colony|planet|principality|duchy)$/;
const houses =
  /^(?:observatory|museum|church|cathedral|castle|palace|library|theatre|station|hospital|hotel|abbey|temple|mosque|hall|tower|house|school|college|studio|studios|laboratory|gallery|fort|fortress|villa|chapel|monastery|stadium|arena|works|mill|factory)$/;
