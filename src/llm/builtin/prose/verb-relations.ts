/** How a verb relates its subject to its object, or to what stands behind a preposition. */
export interface VerbRelation {
  /** The name of the relation to the object; empty if the verb states none. */
  direct: string;
  /** Names of the relations by preposition. */
  by: ReadonlyMap<string, string>;
}

/** Verbs whose object relation is named by their past form and is worth believing. */
const plainVerbs = new Set(
  `marry found co-found establish create discover invent write co-write compose record produce co-produce direct design build
  develop publish release win receive join leave lead command head reach visit succeed replace own buy purchase acquire teach hire
  employ support sponsor defeat kill attack invade conquer occupy meet influence inspire study attend enter edit translate
  paint photograph play portray perform sing conduct sign commission elect appoint award supervise advise mentor train assist
  introduce recommend criticise criticize praise admire oppose befriend divorce adopt rescue capture arrest accompany follow
  cross explore climb launch charter captain pilot sail contain include house host precede manufacture operate fund finance
  announce patent identify isolate describe propose predict solve crack break decipher engineer arrange mix open rename
  dissolve annex govern rule represent chair manage coach dismiss sue accuse prosecute pardon knight honour honor commemorate
  complete construct organise organize plan star earn share deliver photograph film persuade encourage engage induct recruit
  enlist serve survive outlive father bear nominate defend prove introduce abandon order rebuild restore print reprint
  illustrate crown depose assassinate murder execute exile besiege liberate land reorganise govern deduce measure detect
  observe unearth excavate coin christen declare enlarge refuse accept inherit`.split(/\s+/),
);

/** Verbs that relate nobody to anything by themselves. */
const emptyVerbs = new Set(
  `be have do want need let get put think believe feel seem make become mean wish like hope try begin start continue stop
  keep happen cause allow require suppose expect remain stay consider regard treat call name take know say tell ask claim
  show look suit`.split(/\s+/),
);

/** verb: preposition relation, ... The relation to the object is written with the preposition "-". */
const table = `
bear: - bore, in born_in, at born_in, near born_in, on born_in
die: in died_in, at died_in, near died_in, on died_in
drown: in died_in, off died_in
bury: in buried_in, at buried_in, near buried_near, beside buried_beside
cremate: at cremated_at, in cremated_in
educate: at studied_at, in studied_in
study: at studied_at, in studied_in, under studied_under, with studied_with
graduate: from graduated_from, at graduated_from, at graduated_from
enrol: at studied_at, in studied_at
enroll: at studied_at, in studied_at
matriculate: at studied_at
work: at worked_at, in worked_in, for worked_for, with worked_with, under worked_under, on worked_on
teach: - taught, at taught_at, in taught_in
lecture: at lectured_at, in lectured_in
serve: - served, in served_in, on served_on, with served_with, under served_under, at served_at, aboard served_on
move: to moved_to, from moved_from, into moved_to
return: to returned_to, from returned_from
go: to went_to
come: to came_to, from came_from, after came_after, before came_before
catch: -
supply: - supplied, to supplied_to
rule: - ruled, from ruled_from, over ruled_over
travel: to travelled_to, through travelled_through, across travelled_through, with travelled_with
sail: - sailed, to sailed_to, for sailed_for, from sailed_from, on sailed_on, aboard sailed_on, with sailed_with
arrive: in arrived_in, at arrived_at, from arrived_from
emigrate: to emigrated_to, from emigrated_from
immigrate: to emigrated_to
flee: - fled, to fled_to, from fled_from
settle: in settled_in, at settled_in
live: in lived_in, at lived_at, with lived_with, near lived_near
reside: in lived_in
grow: in grew_up_in
retire: to retired_to, from retired_from
land: in landed_in, at landed_at, on landed_on
belong: to belonged_to
appear: in appeared_in, on appeared_on, with appeared_with
star: in starred_in, as played
act: in acted_in
play: - played, for played_for, in played_in, with played_with, on played_on
perform: - performed, at performed_at, in performed_in, with performed_with
sign: - signed, with signed_with, to signed_with
collaborate: with collaborated_with
correspond: with corresponded_with
cooperate: with collaborated_with
quarrel: with quarrelled_with
compete: with competed_with, in competed_in, against competed_against
fight: - fought, in fought_in, against fought_against, for fought_for
set: in set_in
read: - read, at studied_at
film: - filmed, in filmed_in, at filmed_at, on filmed_on
serialise: in published_in
serialize: in published_in
locate: in located_in, at located_in, near located_near, on located_on
situate: in located_in, near located_near, on located_on
base: in based_in, at based_at, on based_on
lie: in located_in, near located_near, on located_on
stand: in located_in, near located_near, beside located_near
consist: of consisted_of
participate: in participated_in
merge: with merged_with, into merged_into
join: - joined, with joined
attend: - attended
record: - recorded, at recorded_at, in recorded_in, with recorded_with, for recorded_for
produce: - produced, with produced_with, for produced_for, at produced_at
write: - wrote, with wrote_with, for wrote_for, to wrote_to
build: - built, at built_at, for built_for, in built_in
design: - designed, for designed_for
launch: - launched, from launched_from
release: - released, on released_on, through released_through, by released_by
publish: - published, in published_in
found: - founded, in founded_in
establish: - established, in established_in
form: - formed, in formed_in
begin: in began_in
open: - opened, in opened_in, at opened_at
hold: - held, in held_in, at held_at
meet: - met, with met_with, in met_in, at met_at
marry: - married, in married_in
conduct: - conducted, at conducted_at
succeed: - succeeded, as succeeded_as
exhibit: at exhibited_at, in exhibited_in
present: - presented, to presented_to, at presented_at
dedicate: to dedicated_to
name: after named_after
inspire: - inspired
adapt: from adapted_from, for adapted_for
derive: from derived_from
invade: - invaded
capture: - captured
translate: - translated, into translated_into
represent: - represented, at represented_at
reign: over reigned_over, in reigned_in
preside: over presided_over
report: - reported, to reported_to
depart: from departed_from, for departed_for
leave: - left, for left_for, from left
start: from started_from, in started_in
transfer: to transferred_to, from transferred_from
transport: to transported_to
send: - sent, to sent_to
engage: - engaged, to engaged_to
train: - trained, at trained_at, under trained_under, with trained_with
anchor: in anchored_in, at anchored_in, off anchored_off
sink: in sank_in, off sank_off
winter: at wintered_at, in wintered_in
stay: in stayed_in, at stayed_at, with stayed_with
star-in: in starred_in
border: - bordered
flow: into flows_into, through flows_through
rise: in rises_in
descend: from descended_from
apprentice: to apprenticed_to
pass: through passed_through, to passed_to
preach: at preached_at, in preached_in
debut: at debuted_at, on debuted_on, in debuted_in
premiere: at premiered_at, in premiered_in
tour: - toured, with toured_with, in toured_in
`;

const relations = new Map<string, VerbRelation>();
for (const row of table.trim().split('\n')) {
  const [lemma, entries] = row.split(': ');
  if (lemma === undefined || entries === undefined) continue;
  const by = new Map<string, string>();
  for (const entry of entries.split(', ')) {
    const [preposition, name] = entry.split(' ');
    if (preposition !== undefined && name !== undefined) by.set(preposition, name);
  }
  relations.set(lemma, { direct: by.get('-') ?? '', by });
}

/** The relations that a verb is known to state. */
export function verbRelation(lemma: string): VerbRelation | undefined {
  return relations.get(lemma);
}

export function isPlainVerb(lemma: string): boolean {
  return plainVerbs.has(lemma) || (relations.get(lemma)?.direct ?? '') !== '';
}

export function isEmptyVerb(lemma: string): boolean {
  return emptyVerbs.has(lemma);
}

/** What verb and noun mean together: took part in, gave a lecture at. */
export const verbNounRelations: ReadonlyMap<string, string> = new Map([
  ['take part in', 'participated_in'],
  ['play part in', 'acted_in'],
  ['play role in', 'participated_in'],
  ['take lesson with', 'studied_under'],
  ['take lessons with', 'studied_under'],
  ['take degree at', 'studied_at'],
  ['take doctorate at', 'studied_at'],
  ['take course at', 'studied_at'],
  ['give lecture at', 'lectured_at'],
  ['hold chair at', 'worked_at'],
  ['hold post at', 'worked_at'],
  ['hold position at', 'worked_at'],
  ['take command of', 'commanded'],
  ['take part of', 'played'],
  ['play part of', 'played'],
  ['play role of', 'played'],
  ['take charge of', 'led'],
  ['take over from', 'succeeded'],
  ['take place in', 'took_place_in'],
  ['take place at', 'took_place_at'],
  ['make home in', 'lived_in'],
  ['begin collaboration with', 'collaborated_with'],
  ['spend year with', 'stayed_with'],
  ['spend year at', 'stayed_at'],
  ['spend year in', 'stayed_in'],
  ['spend years at', 'stayed_at'],
  ['spend years in', 'lived_in'],
  ['spend winter in', 'stayed_in'],
  ['have affair with', 'had_affair_with'],
  ['attend lecture of', 'studied_under'],
  ['attend lectures of', 'studied_under'],
  ['attend lectures by', 'studied_under'],
  ['propose marriage to', 'proposed_to'],
  ['win place at', 'studied_at'],
  ['share writing of', 'wrote'],
  ['make use of', 'used'],
]);
