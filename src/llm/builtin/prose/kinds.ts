import { senseOf } from './lexicon.ts';

/** The broad types that this model tells apart. */
export type EntityType =
  | 'person'
  | 'organization'
  | 'place'
  | 'work'
  | 'event'
  | 'award'
  | 'vehicle'
  | 'technology'
  | 'substance'
  | 'period'
  | 'concept'
  | 'character';

const nounsByType: Record<Exclude<EntityType, 'person' | 'concept'>, string> = {
  organization: `university college school institute institution academy laboratory laboratories lab society association company
    corporation corp inc ltd firm studio studios records label orchestra philharmonic symphony ensemble choir band group
    quartet quintet trio duo sextet supergroup club committee commission council board agency bureau department ministry
    office government parliament senate congress party army navy force forces fleet corps regiment battalion brigade
    division squadron service police court tribunal church diocese order brotherhood guild union federation league
    confederation alliance coalition foundation trust fund bank exchange press publisher newspaper magazine journal
    network channel observatory hospital clinic asylum museum gallery library archive theatre theater opera
    ballet troupe circus team side squad railway railways airline airlines industries brothers sons partners enterprises
    holdings motors works factory brewery publisher charity sect congregation movement
    collective consortium conservatory conservatoire polytechnic faculty chair hotel yard shipyard pictures productions
    entertainment communications headquarters authority administration delegation mission registry household family house
    dynasty empire mafia gang militia legion guard guards admiralty treasury organisation organization startup
    shipbuilders foundry orphanage monastery abbey convent priory seminary kindergarten
    sanatorium institut universität école académie société compagnie conservatoire instituto università musée`,
  place: `city town village hamlet capital port harbour harbor island islands isle islet archipelago peninsula continent
    country state nation republic kingdom province county district region territory borough suburb neighbourhood
    neighborhood quarter parish street road avenue lane square boulevard alley river stream creek lake sea ocean bay gulf
    strait sound channel canal fjord coast shore beach cape point mountain mountains mount hill hills valley glacier
    plateau plain desert forest wood woods park garden gardens cemetery churchyard airport station railway bridge tower
    castle palace fort fortress manor cottage villa mansion hall stadium arena planet moon star world basin barrier shelf
    pole cave reef pass ridge peak volcano waterfall falls oasis marsh swamp estate farm ranch field fields camp base
    settlement colony site crossing junction square plaza pier wharf dock quay hut rue platz straße gasse allee row court
    yard stadium place heights grove green common crescent depot ground grounds terrace circus gate wall pyramid temple mosque cathedral chapel
    synagogue basilica shrine monument memorial prison jail county municipality commune canton oblast prefecture enclave
    suburb land outpost lighthouse airfield reservoir dam aqueduct crater headland promontory lagoon mine quarry steppe
    constellation galaxy asteroid comet`,
  work: `album single song record film movie picture novel book poem play opera symphony concerto sonata ballet musical
    painting drawing sculpture photograph portrait mural essay article paper treatise thesis report pamphlet memoir memoirs
    autobiography biography story tale trilogy series sequel prequel episode documentary soundtrack score instrumental
    ballad hymn anthem suite overture fanfare march magazine comic strip cartoon anthology collection dictionary
    encyclopedia encyclopaedia textbook manual handbook journal diary letter manifesto declaration bible scripture epic
    saga drama comedy tragedy screenplay script libretto cantata oratorio mass requiem nocturne prelude étude rhapsody
    remix ep lp demo video game videogame programme show sitcom statue fresco triptych tapestry atlas map novella`,
  event: `war wars battle siege campaign conference congress convention summit meeting festival concert expedition voyage
    mission revolution rebellion uprising revolt mutiny coup massacre famine earthquake eruption flood fire disaster
    accident crash explosion strike election referendum coronation wedding funeral olympics championship championships
    tournament cup match race tour exhibition exposition fair ceremony trial treaty armistice crisis affair scandal
    raid incident survey invasion occupation landing landings offensive blitz holocaust plague epidemic pandemic crusade crusades
    depression project rally parade congresses symposium colloquium workshop gala ball jubilee day concert assassination`,
  award: `prize prizes award awards medal medals oscar oscars grammy grammys emmy emmys tony bafta trophy fellowship
    scholarship knighthood decoration laureateship honour honor peerage`,
  vehicle: `flagship ironclad warship dreadnought monitor paddleship trimaran catamaran sloop ketch cutter lugger clipper gunboat minesweeper seaplane biplane airliner tanker lifeboat ship boat steamer steamship vessel schooner brig barque barquentine frigate destroyer cruiser battleship
    submarine icebreaker trawler tug whaler sealer liner ferry yacht canoe raft barge galleon corvette airship balloon
    aircraft aeroplane airplane plane bomber fighter helicopter glider rocket spacecraft spaceship starship satellite probe
    locomotive train tram car automobile motorcycle tank shuttle capsule lander rover starfighter freighter carrier`,
  technology: `machine computer engine calculator device instrument apparatus language compiler program software system
    protocol operating cipher code algorithm method process invention camera telescope microscope reactor accelerator
    cyclotron synthesiser synthesizer telephone radio television website app application browser processor microprocessor
    chip console format standard technique mainframe prototype bombe weapon bomb gun rifle missile robot droid loom
    library framework database engine tool model lens turbine valve sextant chronometer clock pump motor transistor laser
    printer typewriter barometer thermometer theodolite battery generator dynamo`,
  substance: `element metal mineral ore gas compound alloy isotope chemical drug medicine vaccine acid molecule protein enzyme
    hormone vitamin antibiotic gene particle polymer explosive pigment dye species genus animal bird fish insect`,
  period: `era epoch period age ages interregnum`,
  character: `character protagonist antagonist hero heroine villain superhero wizard`,
};

const groupPersons = new Set(
  `people men women members children musicians scientists sisters brothers twins couple parents family`.split(' '),
);

const typeOfNoun = new Map<string, EntityType>();
for (const type of [
  'period',
  'character',
  'substance',
  'technology',
  'vehicle',
  'award',
  'event',
  'work',
  'place',
  'organization',
] as const) {
  for (const noun of nounsByType[type].split(/\s+/)) typeOfNoun.set(noun, type);
}
for (const noun of 'hall house court yard chair order mission circus record series cup ball brothers tony march fire day code'.split(
  ' ',
)) {
  typeOfNoun.delete(noun);
}
for (const [noun, type] of Object.entries({
  hall: 'place',
  house: 'place',
  court: 'organization',
  circus: 'organization',
  record: 'work',
  series: 'work',
  cup: 'event',
  mission: 'event',
  hotel: 'organization',
  battle: 'event',
  hero: 'character',
  journal: 'organization',
  magazine: 'organization',
  opera: 'work',
  ballet: 'work',
  empire: 'place',
  railway: 'organization',
  nations: 'organization',
  gymnasium: 'organization',
  marine: 'organization',
} as const)) {
  typeOfNoun.set(noun, type);
}

/** The type that a common noun stands for: physicist -> person, schooner -> vehicle; undefined if none is known. */
export function typeOfKind(noun: string): EntityType | undefined {
  const lower = noun.toLowerCase();
  return typeOfNoun.get(lower) ?? (senseOf(lower).person ? 'person' : typeOfPlural(lower));
}

/** Whether a plural noun stands for several persons: physicists, members, women. */
export function isPersonPlural(noun: string): boolean {
  return (
    groupPersons.has(noun) || noun.endsWith('men') || (noun.endsWith('s') && typeOfKind(noun.slice(0, -1)) === 'person')
  );
}

/** Heads of names after which `of` continues the name: University of Manchester, Battle of Hastings, Isle of Man. */
export const headsBeforeOf = new Set(
  `university college school institute institution academy museum bureau board department ministry house society association
  church cathedral bank library league order battle siege treaty war battle bay gulf cape isle isles islands island sea lake
  mount valley river strait straits kingdom republic union state states duchy principality province city port fort tower
  bridge hall temple palace castle school faculty court council chamber office federation confederation congress
  conference festival medal companion hall collegium college institut universität académie école université museo banco
  archbishopric diocese army fleet children sons daughters commonwealth dominion empire community friends guild brotherhood
  company knights lord lords book books act acts declaration charter edict peace convention council park garden gardens
  forest field fields pool port rock museum archive archives gallery theatre laboratory observatory hospital corps chair
  crown free exposition exhibition assembly star centre center ensemble orchestra choir conservatory conservatoire
  conservatorio massacre fall chamber rights bill dean institution journal proceedings annals transactions
  review album person song man woman legion`.split(/\s+/),
);

function typeOfPlural(lower: string): EntityType | undefined {
  if (lower.endsWith('men') && lower.length > 4)
    return senseOf(`${lower.slice(0, -3)}man`).person || lower.length > 6 ? 'person' : undefined;
  if (!lower.endsWith('s')) return undefined;
  return (
    typeOfNoun.get(lower.slice(0, -1)) ?? (lower.endsWith('ies') ? typeOfNoun.get(`${lower.slice(0, -3)}y`) : undefined)
  );
}
