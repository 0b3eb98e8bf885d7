import { type SameAs, sameAs } from './aliases.ts';
import { boundedStates, withoutVaguer } from './bounded-states.ts';
import type { Cast, Entity } from './cast.ts';
import { castAppearances } from './characters.ts';
import type { Ends } from './clause-ends.ts';
import type { Clause } from './clauses.ts';
import { contextOf } from './contexts.ts';
import { datedFactsOf, lifeNounFacts } from './dated-facts.ts';
import { Discourse, type Referent } from './discourse.ts';
import { castOfEvent } from './event-casts.ts';
import type { Fact } from './facts.ts';
import { bracketedFacts } from './life-dates.ts';
import { listedStatements } from './list-relations.ts';
import { workRelations, worksOfAuthor } from './made-works.ts';
import { measuredFacts } from './measures.ts';
import { type Participation, participationsOf } from './participations.ts';
import type { NounPhrase } from './phrases.ts';
import type { Reading, ReadSentence } from './reading.ts';
import { relate } from './relate.ts';
import { roleRelations } from './role-relations.ts';
import type { TimeExpression } from './time-expressions.ts';
import { statedRelations } from './verb-statements.ts';
import { type Appearance, appearancesOf } from './works.ts';

/** A statement that one named thing stands in a relation to another. */
export interface Relation {
  from: Entity;
  to: Entity;
  type: string;
  time: TimeExpression | undefined;
  /** The titles of the works between which it holds. */
  works?: { from?: string; to?: string };
  /** The canon or timeline in which it holds. */
  continuity?: string;
  /** Between 0 and 1. */
  strength: number;
  read: ReadSentence;
  /** The tokens of the sentence that state it. */
  at: { from: number; to: number };
}

/** Everything that a text states about its named things. */
export interface Statements {
  relations: Relation[];
  facts: Fact[];
  aliases: SameAs[];
  participations: Participation[];
  appearances: Appearance[];
}

/** The relations and dated facts that a text states, in the order in which it states them. */
export function statementsOf(reading: Reading, cast: Cast): Statements {
  const discourse = new Discourse(cast);
  const relations: Relation[] = [];
  const facts: Fact[] = [];
  const aliases: SameAs[] = [];
  const participations: Participation[] = [];
  const appearances: Appearance[] = [];
  for (const read of reading.sentences) {
    if (read.sentence.form === 'heading') continue;
    discourse.enter(read);
    relations.push(...roleRelations(read, discourse));
    const bracketed = bracketedFacts(reading.content, read, cast);
    for (const { entity, name } of bracketed.spellings) entity.aliases.add(name);
    facts.push(...bracketed.facts, ...lifeNounFacts(read, discourse));
    for (const clause of read.clauses) {
      const found = readClause(reading.content, read, clause, discourse);
      relations.push(...found.relations);
      facts.push(...found.facts);
      aliases.push(...found.aliases);
      participations.push(...found.participations);
      appearances.push(...found.appearances);
    }
    discourse.leave(read);
  }
  const listed = listedStatements(reading, cast);
  const read = [...relations, ...listed.relations].map(turnedAround);
  const all = [...read, ...worksOfAuthor(reading, cast, read)].filter(({ from, to }) => from !== to);
  const stated = withoutVaguer(boundedStates(all));
  return {
    relations: stated,
    facts: [...facts, ...listed.facts],
    aliases: [...aliases, ...listed.aliases],
    participations: [...participations, ...listed.participations, ...castOfEvent(reading, cast, stated)],
    appearances: [...appearances, ...listed.appearances, ...castAppearances(reading, cast, stated)],
  };
}

/** `the prize went to Joliot` says that Joliot received it. */
function turnedAround(relation: Relation): Relation {
  const award = relation.from.type === 'award' && relation.type === 'went_to';
  return award ? { ...relation, from: relation.to, to: relation.from, type: 'received' } : relation;
}

function readClause(content: string, read: ReadSentence, clause: Clause, discourse: Discourse): Statements {
  const subjects = clause.subjects.flatMap((noun) => discourse.referents(noun, namedBefore(read, noun, discourse)));
  const objects = clause.objects.map((noun) => ({
    noun,
    referents: sameObject(read, clause, noun, discourse) ?? discourse.referents(noun, subjects),
  }));
  const { verb } = clause;
  const named = clause.subjects.some(({ span }) => span !== undefined);
  discourse.noticeSubjects(clause.indirect && !named ? [] : subjects);
  const ends: Ends = { subjects, objects, read, clause, strength: strengthOf(clause) };
  const stated = verb.negated || verb.doubtful ? [] : statedRelations(ends, discourse);
  const context = contextOf(content, read, clause, discourse);
  const bounds = new Set([context.works?.from, context.works?.to]);
  const implied = [...impliedMembership(ends, discourse), ...workRelations(ends, discourse), ...childrenOf(ends)];
  const relations = [...stated, ...implied]
    .filter(({ to }) => to.type !== 'work' || !bounds.has(to.name))
    .map((relation) => ({ ...relation, ...context }));
  const targets = objects.flatMap(({ referents }) => referents);
  discourse.noticeObjects(targets);
  if (verb.lemma === 'marry') discourse.noticePair([...subjects, ...targets]);
  const same = sameAs(clause, subjects, (noun) => discourse.referents(noun, subjects));
  return {
    relations,
    facts: [
      ...datedFactsOf(read, clause, subjects, objects, discourse),
      ...measuredFacts({ read, clause, subjects, objects }, discourse),
    ].map((fact) => ({ ...fact, ...context })),
    aliases: same,
    participations: participationsOf(ends, discourse),
    appearances: appearancesOf(ends, discourse),
  };
}

const entering = new Set(['join', 'leave']);

/** `Nwosu joined in 1992` on the page of a club: what is joined goes without saying. */
function impliedMembership({ clause, subjects, objects, read, strength }: Ends, discourse: Discourse): Relation[] {
  const { verb, time, passive, reported } = clause;
  const body = discourse.subject;
  if (!entering.has(verb.lemma) || passive || reported || verb.negated || verb.doubtful) return [];
  if (body?.type !== 'organization' || objects.length > 0 || time === undefined) return [];
  const persons = subjects.filter(({ entity }) => entity.type === 'person');
  return relate({ read, at: verb }, persons, [{ entity: body, certainty: 0.9 }], verb.past, strength).map(
    (relation) => ({
      ...relation,
      time,
    }),
  );
}

const offspring = /^(?:daughters?|sons?|children|child)$/;

/** `They had two daughters, Johanna Helena and Dorothea Maria`. */
function childrenOf({ clause, subjects, objects, read, strength }: Ends): Relation[] {
  const [first, ...named] = objects;
  const { verb } = clause;
  if (verb.lemma !== 'have' || verb.negated || verb.doubtful || clause.passive) return [];
  if (first === undefined || !offspring.test(first.noun.head)) return [];
  const children = named.flatMap(({ referents }) => referents).filter(({ entity }) => entity.type === 'person');
  const parents = subjects.filter(({ entity }) => entity.type === 'person' || entity.type === 'character');
  return relate({ read, at: verb }, parents, children, 'parent_of', strength);
}

/** `Amundsen reached the Pole, and Scott reached it`: the same verb has the same object. */
function sameObject(
  read: ReadSentence,
  clause: Clause,
  noun: NounPhrase,
  discourse: Discourse,
): Referent[] | undefined {
  if (noun.pronoun !== 'it') return undefined;
  const last = read.clauses[read.clauses.indexOf(clause) - 1];
  const object = last?.verb.lemma === clause.verb.lemma ? last.objects[0] : undefined;
  return object?.span === undefined
    ? undefined
    : discourse.spanned(object.span).map(({ entity }) => ({ entity, certainty: 0.93 }));
}

/** `With Thomas Royds he proved`, `Through the Somerville family she met`: he and she are somebody else. */
function namedBefore(read: ReadSentence, pronoun: NounPhrase, discourse: Discourse): Referent[] {
  if (pronoun.pronoun === '') return [];
  const found: Referent[] = [];
  for (const phrase of read.phrases.slice(0, read.phrases.indexOf(pronoun)).reverse()) {
    if (phrase.kind === 'verb' || phrase.kind === 'mark' || phrase.kind === 'conjunction') break;
    if (phrase.kind !== 'noun') continue;
    for (const span of [phrase.span, ...phrase.modifiers]) found.push(...discourse.spanned(span));
  }
  return found;
}

function strengthOf(clause: Clause): number {
  let strength = clause.indirect ? 0.94 : 0.97;
  if (clause.relative) strength *= 0.97;
  if (clause.reported) strength *= 0.68;
  if (clause.subjects.length > 1) strength *= 0.98;
  return strength;
}
