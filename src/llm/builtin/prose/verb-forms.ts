import { compromiseTables } from './compromise-tables.ts';
import { isPlainVerb, verbRelation } from './verb-relations.ts';
import { auxiliaries } from './words.ts';

export type VerbForm = 'past' | 'present' | 'base' | 'gerund' | 'participle';

/** One reading of a word as a verb. */
export interface VerbSense {
  lemma: string;
  form: VerbForm;
  /** The word cannot be a noun as well. */
  certain: boolean;
  /** The simple past, which names the relation that the verb states: discover -> discovered. */
  past: string;
}

const irregular = irregularVerbs(`
  leave left left; lie lay lain; rise rose risen; draw drew drawn; seek sought sought; set set set; put put put;
  cut cut cut; wed wed wed; beat beat beaten; bid bid bid; cast cast cast; spread spread spread; quit quit quit;
  read read read; let let let; hit hit hit; cost cost cost; shut shut shut; split split split; hurt hurt hurt;
  build built built; rebuild rebuilt rebuilt; lose lost lost; understand understood understood; cling clung clung; wake woke woken;
  bear bore born; find found found; see saw seen; fall fell fallen; feel felt felt; win won won; lead led led;
  make made made; hold held held; write wrote written; take took taken; give gave given; sing sang sung;
  run ran run; begin began begun; become became become; come came come; overcome overcame overcome; go went gone;
  undergo underwent undergone; know knew known; grow grew grown; throw threw thrown; show showed shown;
  fly flew flown; drive drove driven; ride rode ridden; choose chose chosen; speak spoke spoken; break broke broken;
  steal stole stolen; freeze froze frozen; wear wore worn; swear swore sworn; tear tore torn; sink sank sunk;
  swim swam swum; ring rang rung; drink drank drunk; shoot shot shot; meet met met; keep kept kept; send sent sent;
  spend spent spent; lend lent lent; sell sold sold; tell told told; say said said; pay paid paid; lay laid laid;
  buy bought bought; bring brought brought; teach taught taught; catch caught caught; think thought thought;
  fight fought fought; hear heard heard; stand stood stood; sit sat sat; get got got; forget forgot forgotten;
  hang hung hung; strike struck struck; stick stuck stuck; dig dug dug; win won won; shine shone shone;
  bind bound bound; wind wound wound; grind ground ground; fight fought fought; deal dealt dealt; mean meant meant;
  sleep slept slept; sweep swept swept; weep wept wept; creep crept crept; flee fled fled; feed fed fed;
  breed bred bred; shake shook shaken; forsake forsook forsaken; mistake mistook mistaken; undertake undertook undertaken;
  withdraw withdrew withdrawn; rewrite rewrote rewritten; oversee oversaw overseen; foresee foresaw foreseen;
  forgive forgave forgiven; hide hid hidden; bite bit bitten; eat ate eaten; blow blew blown; weave wove woven;
  slide slid slid; spring sprang sprung; sew sewed sewn; sow sowed sown; prove proved proven; learn learned learnt;
  burn burned burnt; bend bent bent; lose lost lost; swing swung swung; spin spun spun; have had had; do did done`);

/** Words in -ed that are no verb forms. */
const notPast = new Set(
  `hundred indeed bed red speed need feed seed breed sacred naked wicked kindred hatred biped shed sled creed deed greed
  weed reed steed exceed proceed succeed bleed rugged crooked aged beloved so-called gifted talented ned fred ted
  wooded celebrated renowned noted distinguished united allied retired armed learned alleged talented wretched`.split(
    /\s+/,
  ),
);

/** Base forms that a verb phrase may end in, which the word list gives as nouns or adjectives first. */
const baseTags = new Set(['Infinitive', 'Verb', 'PhrasalVerb']);

/** The word as a verb; undefined if it cannot be one. Of two readings the past comes first. */
export function verbSenseOf(lower: string): VerbSense | undefined {
  if (auxiliaries.has(lower) && !['had', 'have', 'has', 'having', 'did', 'do', 'does'].includes(lower))
    return undefined;
  const known = irregular.get(lower);
  if (known !== undefined) return known;
  const { tags, infinitiveOf } = compromiseTables;
  const tagged = tags(lower);
  if (lower.endsWith('ed') && lower.length > 3 && !notPast.has(lower) && !lower.includes('-')) {
    return { lemma: infinitiveOf(lower, 'PastTense'), form: 'past', certain: true, past: lower };
  }
  if (tagged.includes('PastTense')) return sense(infinitiveOf(lower, 'PastTense'), 'past', lower);
  if (tagged.includes('Participle')) return sense(infinitiveOf(lower, 'Participle'), 'participle');
  if (lower.endsWith('ing') && lower.length > 5)
    return { lemma: stemOfGerund(lower), form: 'gerund', certain: false, past: '' };
  if (lower.endsWith('s') && !lower.endsWith('ss') && lower.length > 3) {
    const stem = infinitiveOf(lower, 'PresentTense');
    const certain = tagged.includes('PresentTense') && !compromiseTables.switches(lower).includes('Plural');
    return stem !== lower && isBase(stem) ? { ...sense(stem, 'present'), certain } : undefined;
  }
  return isBase(lower) ? sense(lower, 'base') : undefined;
}

/** The simple past of a verb in its base form. */
export function pastOf(lemma: string): string {
  return irregularPast.get(lemma) ?? compromiseTables.pastOf(lemma);
}

function sense(lemma: string, form: VerbForm, past = pastOf(lemma)): VerbSense {
  return { lemma, form, certain: form !== 'base' && form !== 'present', past };
}

function isBase(lower: string): boolean {
  const switched = compromiseTables.switches(lower);
  if ((switched.includes('Verb') && !switched.startsWith('Person')) || switched === 'Adj|Present') return true;
  const isUnlisted = compromiseTables.tags(lower).length === 0 && switched === '';
  if (isUnlisted && (isPlainVerb(lower) || verbRelation(lower) !== undefined)) return true;
  return irregularPast.has(lower) || compromiseTables.tags(lower).some((tag) => baseTags.has(tag));
}

function stemOfGerund(lower: string): string {
  const stem = lower.slice(0, -3);
  const doubled = /([bdgklmnprt])\1$/.test(stem) ? stem.slice(0, -1) : stem;
  for (const candidate of [`${stem}e`, doubled, stem]) if (isBase(candidate)) return candidate;
  return stem;
}

const irregularPast = new Map([...irregular.values()].map(({ lemma, past }) => [lemma, past]));

function irregularVerbs(table: string): Map<string, VerbSense> {
  const senses = new Map<string, VerbSense>();
  for (const row of table.trim().split(/\s*;\s*/)) {
    const [lemma, past, participle] = row.split(' ');
    if (lemma === undefined || past === undefined || participle === undefined) continue;
    if (!senses.has(participle)) senses.set(participle, { lemma, form: 'participle', certain: true, past });
    senses.set(past, { lemma, form: 'past', certain: true, past });
  }
  senses.set('borne', sense('bear', 'participle', 'bore'));
  senses.set('proved', sense('prove', 'past', 'proved'));
  senses.set('learned', sense('learn', 'past', 'learned'));
  return senses;
}
