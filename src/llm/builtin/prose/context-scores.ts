import type { Clause } from './clauses.ts';
import { descriptorsOf } from './descriptors.ts';
import { type EntityType, typeOfKind } from './kinds.ts';
import type { NameSpan } from './name-spans.ts';
import type { NounPhrase, Phrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';

/** One thing in a sentence that speaks for a type of a named thing. */
export interface Cue {
  span: NameSpan;
  type: EntityType;
  weight: number;
}

function verbs(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

const personSubjects =
  verbs(`bear die marry say write think study teach live grow retire resign learn believe tell paint sing
  love meet ask want compose invent discover graduate serve enrol enroll wonder speak remember decide notice explain reply
  answer argue suggest propose persuade feel know hear see read wish hope travel walk smile laugh dream divorce drown
  remarry recall attend`);
const personObjects =
  verbs(`marry meet tell ask persuade hire appoint invite engage arrest dismiss succeed knight introduce
  convince admire recruit`);
const workSubjects = verbs(`appear open_with tell_story close_with sell feature`);
const workObjects =
  verbs(`record release write publish compose direct film sing paint produce perform rewrite illustrate edit
  translate print`);
const groupSubjects =
  verbs(`release sign publish award elect commission employ manufacture dissolve disband merge hire tour
  admit reorganise fund buy acquire sell deliver`);
const groupObjects = verbs('form found join co-found establish disband manage chair reform dissolve leave');
const awardObjects = verbs('win receive award share accept present');
const vehicleSubjects = verbs('sail anchor sink drift dock founder capsize collide explode steam cruise ram moor');
const vehicleObjects = verbs('charter command pilot captain launch abandon board christen sail');
const placePrepositions = new Map([
  ['in', 1.1],
  ['near', 0.9],
  ['from', 0.15],
  ['to', 0.15],
  ['at', 1],
  ['into', 0.4],
  ['across', 0.8],
  ['towards', 0.6],
  ['around', 0.5],
  ['outside', 0.7],
  ['off', 0.6],
  ['throughout', 0.9],
]);
const acting = verbs('act star appear feature');
const lying = verbs('lie situate locate');
const lyingAt = new Set(['in', 'on', 'near', 'at', 'between']);
const motion = verbs(
  'go come travel return move sail arrive live settle land fly drive walk march bear die emigrate bury flee rule reign',
);

/** What a sentence says about the types of its names by the way it uses them. */
export function cuesOf(read: ReadSentence): Cue[] {
  const descriptors = descriptorsOf(read);
  const spans = new Map(
    descriptors.flatMap(({ phrase, span, how }) => (how === 'apposition' && phrase ? [[phrase, span]] : [])),
  );
  return [
    ...descriptors.flatMap((one): Cue[] => {
      const type =
        one.phrase !== undefined && isFictional(read, one.phrase) ? inFiction(one.noun) : typeOfKind(one.noun);
      if (looseNoun.test(one.noun)) return [{ span: one.span, type: 'person', weight: 0.6 }];
      const weight = one.how === 'copula' ? 3.6 : one.how === 'label' ? 3 : 3.2;
      if (type === undefined) return one.how === 'label' ? [] : [{ span: one.span, type: 'concept', weight: 1.2 }];
      return [{ span: one.span, type, weight }];
    }),
    ...read.clauses.flatMap((clause) => clauseCues(clause, spans)),
    ...read.phrases.flatMap((phrase, at) => phraseCues(read.phrases, phrase, at)),
  ];
}

/** Nouns for persons that things are called by as well: its successor, the EDVAC. */
const looseNoun =
  /^(?:successor|predecessor|rival|partner|member|leader|neighbour|winner|runner|host|guest|giant|pioneer|champion|favourite|star|customer|carrier|supporter)$/;

function isFictional(read: ReadSentence, phrase: NounPhrase): boolean {
  return read.sentence.tokens
    .slice(phrase.from, phrase.to)
    .some((token) => token.lower === 'fictional' || token.lower === 'mythical');
}

/** A fictional ship is a ship; whoever acts, droids included, is a character. */
function inFiction(noun: string): EntityType {
  const type = typeOfKind(noun);
  return type === 'vehicle' || type === 'place' || type === 'organization' || type === 'event' || type === 'work'
    ? type
    : 'character';
}

function clauseCues(clause: Clause, apposed: ReadonlyMap<NounPhrase, NameSpan>): Cue[] {
  const { lemma } = clause.verb;
  const passive = clause.passive;
  const done = passive && lemma !== 'bear' ? clause.subjects : clause.objects;
  const doing = passive && lemma !== 'bear' ? agentsOf(clause) : clause.subjects;
  const cues: Cue[] = [];
  const add = (nouns: readonly NounPhrase[], type: EntityType, weight: number): void => {
    for (const noun of nouns) {
      const span = noun.span ?? apposed.get(noun);
      if (span !== undefined) cues.push({ span, type, weight });
    }
  };
  if (personSubjects.has(lemma)) add(doing, 'person', 0.8);
  if (personObjects.has(lemma)) add(done, 'person', 0.8);
  if (groupSubjects.has(lemma)) add(doing, 'organization', 0.5);
  if (groupObjects.has(lemma)) add(done, 'organization', 0.6);
  if (awardObjects.has(lemma)) add(done, 'award', 0.4);
  if (vehicleSubjects.has(lemma) && !passive) add(doing, 'vehicle', 0.5);
  if (vehicleObjects.has(lemma)) add(done, 'vehicle', 0.7);
  if (workObjects.has(lemma)) {
    add(done, 'work', 0.9);
    if (passive) add(doing.filter(isHouse), 'organization', 3);
  }
  const emerging = workSubjects.has(lemma) || (lemma === 'come' && clause.verb.particle === 'out');
  if (emerging && !passive && clause.time !== undefined) add(doing, 'work', 1.2);
  if (lemma === 'reach' && clause.objects.some((object) => object.head === 'number' || object.head === 'one'))
    add(doing, 'work', 1.5);
  if (lemma === 'follow' && clause.objects.length === 0 && clause.time !== undefined) add(doing, 'work', 0.9);
  if (!passive && clause.verb.form !== 'infinitive' && clause.objects.length > 0) add(doing, 'person', 0.15);
  if (passive && (lemma === 'direct' || lemma === 'write' || lemma === 'compose')) add(doing, 'person', 0.8);
  for (const { preposition, nouns } of clause.attachments) {
    const inRole = lemma === 'play' && clause.objects.some(({ span }) => span !== undefined);
    if ((acting.has(lemma) || inRole) && preposition === 'in') add(nouns, 'work', 2);
    if (['record', 'play', 'sing', 'appear', 'work'].includes(lemma) && preposition === 'on') add(nouns, 'work', 1.2);
  }
  if (lying.has(lemma) && clause.attachments.some(({ preposition }) => lyingAt.has(preposition)))
    add(clause.subjects, 'place', 1.1);
  if (motion.has(lemma)) {
    for (const { preposition, nouns } of clause.attachments) {
      if (['to', 'in', 'from', 'at', 'for', 'near', 'into'].includes(preposition)) add(nouns, 'place', 0.7);
    }
  }
  return cues;
}

/** Kanal Film, Northlight Records: whoever releases or produces is no work. */
function isHouse({ span }: NounPhrase): boolean {
  const words = span?.name.split(' ') ?? [];
  return words.length > 1 && typeOfKind(words.at(-1) ?? '') === 'work';
}

function agentsOf(clause: Clause): NounPhrase[] {
  return clause.attachments.filter(({ preposition }) => preposition === 'by').flatMap(({ nouns }) => nouns);
}

function phraseCues(phrases: readonly Phrase[], phrase: Phrase, at: number): Cue[] {
  if (phrase.kind !== 'noun') return [];
  const cues: Cue[] = [];
  if (typeof phrase.owner === 'object' && kinNoun.test(phrase.head))
    cues.push({ span: phrase.owner, type: 'person', weight: 1.2 });
  for (const span of phrase.modifiers) {
    const type = modifierTypes.get(phrase.head);
    if (type !== undefined) cues.push({ span, type, weight: type === 'work' ? 2.2 : 1.2 });
  }
  const { span } = phrase;
  if (span === undefined) return cues;
  const before = phrases[at - 1];
  const after = phrases[at + 1];
  const afterComma = after?.kind === 'comma' ? phrases[at + 2] : after;
  if (
    after?.kind === 'preposition' &&
    after.word === 'by' &&
    phrases[at + 2]?.kind === 'noun' &&
    before?.kind !== 'verb'
  ) {
    cues.push({ span, type: 'work', weight: 1 });
  }
  if (typeof phrase.owner === 'object')
    cues.push({ span, type: 'work', weight: 0.7 }, { span: phrase.owner, type: 'person', weight: 0.6 });
  if (before?.kind === 'preposition' && before.word === 'of') {
    const whole = phrases[at - 2];
    if (whole?.kind === 'adverb' || whole?.kind === 'noun') cues.push(...directed(whole, span));
    if (whole?.kind === 'noun' && whole.span === undefined && placeParts.test(whole.head))
      cues.push({ span, type: 'place', weight: 1 });
    if (whole?.kind === 'noun' && memberNoun.test(whole.head)) cues.push({ span, type: 'organization', weight: 1.8 });
    if (whole?.kind === 'noun' && shipPart.test(whole.head)) cues.push({ span, type: 'vehicle', weight: 1.8 });
    if (whole?.kind === 'noun' && workPart.test(whole.head)) cues.push({ span, type: 'work', weight: 1.4 });
    if (whole?.kind === 'adverb' && whole.word === 'formerly') cues.push({ span, type: 'organization', weight: 1.2 });
    if (whole?.kind === 'noun' && /^(?:much|parts?|most)$/.test(whole.head + whole.determiner))
      cues.push({ span, type: 'work', weight: 0.8 });
  }
  if (before?.kind === 'preposition') {
    const weight = placePrepositions.get(before.word);
    if (weight !== undefined)
      cues.push({ span, type: 'place', weight: phrase.determiner === '' ? weight : weight / 2 });
    if (before.word === 'aboard') cues.push({ span, type: 'vehicle', weight: 1.8 });
  }
  if (afterComma?.kind === 'relative' && (afterComma.word === 'who' || afterComma.word === 'whom')) {
    cues.push({ span, type: 'person', weight: phrases[at - 1]?.kind === 'preposition' ? 0.5 : 1.2 });
  }
  const ended =
    phrases[at + 3]?.kind === 'comma' || phrases[at + 3]?.kind === 'mark' || phrases[at + 3]?.kind === 'time';
  if (
    after?.kind === 'comma' &&
    afterComma?.kind === 'noun' &&
    afterComma.span !== undefined &&
    ended &&
    before?.kind === 'preposition'
  ) {
    const outer = afterComma.span.name;
    if (before.word === 'in' || before.word === 'near' || before.word === 'at')
      cues.push({ span, type: 'place', weight: /^\p{Lu}/u.test(outer) ? 0.4 : 0 });
  }
  return cues;
}

/** `east of the Moluccas`, `40 miles north-west of Ardmoor`. */
function directed(phrase: { word: string } | NounPhrase, span: NameSpan): Cue[] {
  const word = 'word' in phrase ? phrase.word : phrase.determiner === '' ? phrase.head : '';
  const isDirection = /^(?:north|south|east|west|north-?(?:east|west)|south-?(?:east|west))$/.test(word);
  return isDirection ? [{ span, type: 'place', weight: 1.4 }] : [];
}

const memberNoun =
  /^(?:guitarist|singer|drummer|member|bassist|pianist|keyboardist|frontman|vocalist|manager|employee|chairman|engineer)s?$/;
const workPart =
  /^(?:music|scores?|soundtrack|script|lyrics|words|sequel|filming|premiere|cast|sessions|writing|songs)$/;
const shipPart = /^(?:crew|captain|deck|decks|bow|bows|hull|stern|mast|wreck|boatswain|helmsman|passengers)$/;
const placeParts =
  /^(?:city|town|village|kingdom|principality|duchy|quarter|streets?|coast|island|port|suburb|airfield|outskirts|amphitheatre|king|queen|people|government|north|south|east|west|centre|border|shores?|district|university|capital|ruins|region)$/;
const kinNoun =
  /^(?:father|mother|wife|husband|son|daughter|brother|sister|widow|death|birth|career|life|childhood|hands|parents)$/;
/** What a thing is whose name stands before such a noun: the Enigma machine, the Parlophone label. */
const modifierTypes = new Map<string, EntityType>([
  ['machine', 'technology'],
  ['computer', 'technology'],
  ['label', 'organization'],
  ['album', 'work'],
  ['films', 'work'],
  ['film', 'work'],
  ['series', 'work'],
  ['trilogy', 'work'],
  ['saga', 'work'],
  ['universe', 'work'],
  ['novels', 'work'],
  ['books', 'work'],
  ['albums', 'work'],
  ['franchise', 'work'],
  ['glacier', 'place'],
  ['method', 'technology'],
  ['orchestra', 'organization'],
  ['company', 'organization'],
  ['cipher', 'technology'],
  ['language', 'technology'],
  ['engine', 'technology'],
  ['messages', 'technology'],
  ['family', 'person'],
  ['concert', 'event'],
  ['festival', 'event'],
  ['project', 'event'],
  ['single', 'work'],
  ['song', 'work'],
  ['ship', 'vehicle'],
  ['spacecraft', 'vehicle'],
  ['rocket', 'vehicle'],
  ['satellite', 'vehicle'],
  ['ferry', 'vehicle'],
  ['frigate', 'vehicle'],
  ['steamer', 'vehicle'],
  ['submarine', 'vehicle'],
  ['lens', 'technology'],
  ['camera', 'technology'],
  ['telescope', 'technology'],
  ['shipyard', 'organization'],
  ['factory', 'organization'],
  ['brewery', 'organization'],
  ['school', 'organization'],
  ['club', 'organization'],
  ['bomber', 'vehicle'],
  ['loom', 'technology'],
  ['river', 'place'],
  ['region', 'place'],
  ['area', 'place'],
  ['district', 'place'],
  ['coast', 'place'],
  ['peninsula', 'place'],
  ['laboratory', 'organization'],
  ['band', 'organization'],
]);
