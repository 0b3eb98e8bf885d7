import { foldAcronyms } from './acronyms.ts';
import { type Cue, cuesOf } from './context-scores.ts';
import { type Descriptor, descriptorsOf } from './descriptors.ts';
import { genderOf } from './gender.ts';
import type { EntityType } from './kinds.ts';
import { senseOf } from './lexicon.ts';
import type { NameSpan } from './name-spans.ts';
import { foldInstitutions } from './org-short-names.ts';
import type { Reading, ReadSentence } from './reading.ts';
import { resolveShortNames } from './short-names.ts';
import { subjectMention } from './subject-mention.ts';
import { type Token, tokenize } from './tokens.ts';
import { scoreName, TypeScores } from './type-scores.ts';

/** One use of a name in the text. */
export interface Mention {
  read: ReadSentence;
  span: NameSpan;
}

/** A named thing of the text with all that was found about it. */
export interface Entity {
  name: string;
  /** The name in lower case without a leading article. */
  key: string;
  /** The words of the key. */
  words: string[];
  mentions: Mention[];
  aliases: Set<string>;
  scores: TypeScores;
  type: EntityType;
  descriptors: { read: ReadSentence; descriptor: Descriptor }[];
  gender: 'male' | 'female' | undefined;
  /** Whether it is what the page is about. */
  isSubject: boolean;
  /** The page's title, for a subject that the text itself only names by a short form. */
  title: Titled | undefined;
}

/** A name outside the text, as words of its own. */
interface Titled {
  tokens: Token[];
  span: NameSpan;
}

/** Everyone and everything that a text names. */
export interface Cast {
  entities: Entity[];
  entityOf: ReadonlyMap<NameSpan, Entity>;
  /** What the page is about, if it is named in the text. */
  subject: Entity | undefined;
}

/** Gathers the names of a text into entities: one for each thing, whatever forms its name takes. */
export function castOf(reading: Reading): Cast {
  const groups = groupMentions(reading);
  const cues = cuesBySpan(reading);
  for (const entity of groups.values()) {
    rescore(reading, entity, cues);
    entity.type = entity.scores.best().type;
  }
  const entities = foldInstitutions(foldAcronyms(resolveShortNames([...groups.values()]))).filter(
    ({ mentions }) => mentions.length > 0,
  );
  const entityOf = new Map<NameSpan, Entity>();
  for (const entity of entities) {
    for (const { span } of entity.mentions) entityOf.set(span, entity);
    rescore(reading, entity, cues);
    entity.type = entity.scores.best().type;
  }
  describe(reading, entityOf);
  shareTypes(reading, entityOf);
  for (const entity of entities) {
    entity.type = entity.scores.best().type;
    entity.gender = genderOf(entity);
  }
  return { entities, entityOf, subject: entities.find((entity) => entity.isSubject) };
}

function keyOf(name: string): string {
  const lower = name.toLowerCase();
  return lower.startsWith('the ') && lower.length > 5 ? lower.slice(4) : lower;
}

function groupMentions(reading: Reading): Map<string, Entity> {
  const groups = new Map<string, Entity>();
  const subjectKey = keyOf(reading.subject);
  const counts = new Map<string, Map<string, number>>();
  for (const read of reading.sentences) {
    for (const span of read.spans) {
      const key = keyOf(span.name) + (isNamedAfterPerson(read, span) ? ' (the)' : '');
      if (isHeading(read) && key !== subjectKey) continue;
      const entity = groups.get(key) ?? newEntity(span.name, keyOf(span.name), key === subjectKey);
      groups.set(key, entity);
      if (!isHeading(read) || entity.mentions.length === 0) entity.mentions.push({ read, span });
      const forms = counts.get(key) ?? new Map<string, number>();
      counts.set(key, forms);
      forms.set(span.name, (forms.get(span.name) ?? 0) + (span.initial ? 0.4 : 1));
    }
  }
  const headed = groups.get(subjectKey);
  const isNamed = headed?.mentions.some(({ read }) => !isHeading(read)) ?? false;
  const opening = isNamed ? undefined : openingSubject(reading, groups);
  if (opening !== undefined && opening !== headed) {
    groups.delete(subjectKey);
    opening.isSubject = true;
    if (isNameLike(reading.subject) || reading.subject.startsWith(`${opening.name} `))
      opening.aliases.add(reading.subject);
  } else if (!groups.has(subjectKey) && reading.subject !== '' && !isHeadline(reading.subject)) {
    groups.set(subjectKey, unnamedSubject(reading, subjectKey));
  }
  for (const [key, entity] of groups) {
    entity.name = mostFrequent(counts.get(key) ?? new Map(), entity.name);
    const body = entity.mentions.filter(({ read }) => !isHeading(read));
    if (body.length > 0) entity.mentions = body;
  }
  return groups;
}

function isHeading({ sentence }: ReadSentence): boolean {
  return sentence.form === 'heading';
}

/** `Kepler was a NASA spacecraft` on the page `Kepler space telescope`: what the first sentence speaks of. */
function openingSubject(reading: Reading, groups: ReadonlyMap<string, Entity>): Entity | undefined {
  const first = reading.sentences.find(({ sentence }) => sentence.form === 'prose');
  const span = first?.clauses[0]?.subjects[0]?.span;
  if (span === undefined || span.from > 2) return undefined;
  const titled = new Set(reading.subject.split(' ').filter((word) => /^\p{Lu}\p{L}{2,}/u.test(word)));
  const words = span.name.split(' ');
  // The title is the fuller form of the name.
  const more = reading.subject.split(' ').filter((word) => !words.includes(word));
  const isFuller = isNameLike(reading.subject) && words.every((word) => titled.has(word));
  if (isFuller && !more.every((word) => shipPrefix.test(word))) return undefined;
  const shared = words.some((word) => titled.has(word));
  return shared ? groups.get(keyOf(span.name)) : undefined;
}

const shipPrefix = /^(?:HMS|USS|RMS|SS|MV|MS|PS|TSS|HMCS|HMAS|SMS|HNoMS|RV|RRS)$/;

function isNameLike(title: string): boolean {
  const words = title.split(' ');
  return words.length <= 4 && words.every((word) => /^\p{Lu}|^\p{N}/u.test(word));
}

/** A title that says something about its subject, as those of articles do: Harbour trust sells the Morning Star. */
function isHeadline(title: string): boolean {
  const plain = title.split(' ').filter((word) => /^\p{Ll}/u.test(word) && !senseOf(word).functional);
  return plain.length >= 2 || title.split(' ').length > 8;
}

/** The subject of a text that does not name it in full as a name: by its heading, or only by its title. */
function unnamedSubject(reading: Reading, key: string): Entity {
  const entity = newEntity(reading.subject, key, true);
  const mention = subjectMention(reading.subject, reading.sentences);
  if (mention !== undefined) entity.mentions.push(mention);
  const tokens = tokenize(reading.subject);
  const more = { quoted: false, honorific: undefined, possessive: false, initial: false };
  entity.title = { tokens, span: { from: 0, to: tokens.length, name: reading.subject, ...more } };
  return entity;
}

/** `the James Caird`: a ship or thing that bears a person's name, who may be named in the same text. */
function isNamedAfterPerson(read: ReadSentence, span: NameSpan): boolean {
  const { tokens } = read.sentence;
  const before = tokens[span.from - 1];
  if (before?.lower !== 'the' || span.quoted || span.honorific !== undefined || tokens[span.to]?.lower === 'of')
    return false;
  const scores = new TypeScores();
  scoreName(scores, tokens, span);
  const { type, score, margin } = scores.best();
  const next = tokens[span.to];
  const modifies =
    next?.kind === 'word' && !next.capital && !senseOf(next.lower).functional && senseOf(next.lower).verb === undefined;
  return type === 'person' && score >= 2.2 && margin >= 2 && span.to - span.from > 1 && !modifies;
}

function newEntity(name: string, key: string, isSubject: boolean): Entity {
  return {
    name,
    key,
    words: key.split(' '),
    mentions: [],
    aliases: new Set(),
    scores: new TypeScores(),
    type: 'concept',
    descriptors: [],
    gender: undefined,
    isSubject,
    title: undefined,
  };
}

function mostFrequent(forms: ReadonlyMap<string, number>, fallback: string): string {
  let best = fallback;
  for (const [form, count] of forms) if (count > (forms.get(best) ?? 0)) best = form;
  return best;
}

function cuesBySpan(reading: Reading): Map<NameSpan, Cue[]> {
  const cues = new Map<NameSpan, Cue[]>();
  for (const read of reading.sentences) {
    for (const cue of cuesOf(read)) cues.set(cue.span, [...(cues.get(cue.span) ?? []), cue]);
  }
  return cues;
}

const weakCueCap = 2.6;

function rescore(reading: Reading, entity: Entity, cues: ReadonlyMap<NameSpan, Cue[]>): void {
  entity.scores = new TypeScores();
  const own = entity.mentions.find(({ span }) => keyOf(span.name) === entity.key && span.honorific !== undefined);
  const first =
    own ?? entity.mentions.find(({ span }) => keyOf(span.name) === entity.key && !span.initial) ?? entity.mentions[0];
  if (first !== undefined && entity.isSubject && reading.subjectKind !== undefined)
    entity.scores.add(reading.subjectKind, 4);
  if (entity.title !== undefined) scoreName(entity.scores, entity.title.tokens, entity.title.span);
  else if (first !== undefined) scoreName(entity.scores, first.read.sentence.tokens, first.span);
  const quoted = entity.mentions.some(({ span }) => span.quoted);
  if (quoted && first !== undefined && !first.span.quoted) entity.scores.add('work', 0.8);
  if (first !== undefined && isNamedAfterPerson(first.read, first.span)) entity.scores.add('vehicle', 3);
  const headed =
    entity.scores.of('organization') >= 2 || entity.scores.of('event') >= 2 || entity.scores.of('work') >= 2;
  const acronym = /^\p{Lu}[\p{Lu}\d-]+$/u.test(entity.name) && entity.scores.of('place') === 0;
  const weak = new Map<EntityType, number>();
  const said = entity.mentions.flatMap(({ span }) => cues.get(span) ?? []).find((cue) => cue.weight >= 2.9)?.type;
  for (const { span } of entity.mentions) {
    for (const cue of cues.get(span) ?? []) {
      if (cue.weight >= 2) entity.scores.add(cue.type, cue.weight);
      else if (!((headed || acronym || (said !== undefined && said !== 'place')) && cue.type === 'place'))
        weak.set(cue.type, Math.min((weak.get(cue.type) ?? 0) + cue.weight, weakCueCap));
    }
  }
  for (const [type, weight] of weak) entity.scores.add(type, weight);
}

function describe(reading: Reading, entityOf: ReadonlyMap<NameSpan, Entity>): void {
  for (const read of reading.sentences) {
    for (const descriptor of descriptorsOf(read)) entityOf.get(descriptor.span)?.descriptors.push({ read, descriptor });
  }
}

/** Members of one list are mostly of one type: `Max Planck, Einstein and Lorentz`. */
function shareTypes(reading: Reading, entityOf: ReadonlyMap<NameSpan, Entity>): void {
  for (const { clauses } of reading.sentences) {
    for (const clause of clauses) {
      for (const nouns of [clause.subjects, clause.objects, ...clause.attachments.map((one) => one.nouns)]) {
        const members = nouns.flatMap(({ span }) => (span === undefined ? [] : (entityOf.get(span) ?? [])));
        if (members.length < 2) continue;
        const known = members.filter((one) => one.scores.best().score >= 2.5).map((one) => one.type);
        const [type] = known;
        if (type === undefined || known.some((one) => one !== type)) continue;
        for (const member of members) if (member.scores.best().score < 1.5) member.scores.add(type, 1, 2);
      }
    }
  }
}
