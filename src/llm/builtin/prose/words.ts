/** Closed word classes of English, lower case. */
function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

export const determiners = words(`a an the this that these those each every either neither some any no another such
  both all half many much several few most more enough certain various`);

export const possessives = words('my your his her its our their whose');

export const pronouns =
  words(`i you he she it we they me him her us them himself herself itself themselves myself yourself
  ourselves one ones someone somebody anyone anybody everyone everybody nobody nothing something anything everything
  others mine yours hers ours theirs none there here`);

export const prepositions = words(`of in on at by for from to with without within into onto upon over under above below
  between among amongst through throughout during against about around across along behind beside besides beyond near
  toward towards off out up down inside outside after before since until till despite except like unlike per via than
  amid aboard alongside opposite round past following including concerning regarding worth minus plus`);

export const conjunctions = words('and or but nor yet &');

export const subordinators = words(`when while whilst whenever because although though if unless as whereas where
  wherever whether so once lest why how what`);

export const relatives = words('who which whom that whose');

export const auxiliaries =
  words(`be am is are was were been being have has had having do does did will would shall should
  can could may might must cannot isn't wasn't weren't aren't hasn't haven't hadn't didn't doesn't don't won't wouldn't
  couldn't can't shouldn't mustn't`);

export const beForms = words("be am is are was were been being isn't aren't wasn't weren't");
export const haveForms = words("have has had having haven't hasn't hadn't");
export const modals =
  words(`will would shall should can could may might must cannot won't wouldn't couldn't can't shouldn't
  mustn't`);
/** Modals after which a sentence no longer states a fact. */
export const doubtful =
  words(`would should could may might must cannot can can't couldn't wouldn't shouldn't mustn't will
  won't shall`);
export const negations =
  words(`not never neither nor no hardly scarcely cannot isn't wasn't weren't aren't hasn't haven't
  hadn't didn't doesn't don't won't wouldn't couldn't can't shouldn't mustn't`);

export const adverbs = words(`also then later soon afterwards afterward thereafter thereby therefore thus hence however
  moreover meanwhile nevertheless nonetheless furthermore instead indeed still already again often always never ever
  once twice first second third next last finally eventually originally initially formerly previously subsequently
  simply only even just almost nearly about roughly perhaps maybe probably possibly certainly actually mostly mainly
  chiefly largely partly together alone part-time full-time privately apart ahead overnight away back home abroad ashore aboard forward onwards further farther
  not too very quite rather so well now today yesterday tomorrow ago early late long far near here there everywhere
  nowhere elsewhere somewhere somehow sometimes seldom rarely usually generally otherwise likewise especially
  particularly else yet south north east west southwards northwards eastwards westwards south-west south-east
  north-west north-east barely`);

export const months: ReadonlyMap<string, string> = new Map(
  'january february march april may june july august september october november december'
    .split(' ')
    .flatMap((name, index) => {
      const number = String(index + 1).padStart(2, '0');
      return name.length > 4
        ? [
            [name, number],
            [`${name.slice(0, 3)}.`, number],
            [name === 'september' ? 'sept.' : name, number],
          ]
        : [[name, number]];
    })
    .map(([name, number]) => [name ?? '', number ?? '']),
);

/** Words that are capitalised in English without being names of interest. */
export const calendarWords = words(`monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays
  thursdays fridays saturdays sundays january february march april may june july august september october november
  december christmas easter spring summer autumn winter midsummer ramadan hanukkah lent whitsun thanksgiving bc ad bce ce
  bby aby am pm gmt utc i'm i've i'd i'll i o'clock`);

/** Words ending in a full stop that does not end a sentence. */
export const abbreviations =
  words(`mr mrs ms dr st sgt lt col gen capt cpt cdr maj prof rev hon jr sr sen rep gov pres no vol
  vols ed eds pp vs etc inc ltd co corp mt ft jan feb apr jun jul aug sep sept oct nov dec approx ca cf al viz dept univ
  assn bros messrs mme mlle`);

/** Words before a name that belong to its bearer's rank; they are no part of the name. */
export const honorifics =
  words(`mr mrs ms miss dr prof rev hon mr. mrs. ms. dr. prof. rev. hon. sgt. lt. col. gen. capt. cpt.
  cdr. maj. gov. pres. sen. rep. sir dame professor doctor president chancellor minister senator governor mayor judge
  justice captain commander lieutenant colonel major general admiral sergeant corporal private marshal commodore
  ensign brigadier inspector superintendent detective reverend father brother sister mother abbot bishop archbishop
  cardinal pope rabbi imam sheikh secretary ambassador chairman congressman congresswoman chief princess prince queen
  king emperor empress tsar tsarina czar sultan shah kaiser duke duchess earl count countess baron baroness lord lady
  viscount marquess marquis saint master mistress monsieur madame mademoiselle mme mlle mme. mlle. messrs messrs.
  herr frau don doña señor vice-president prime deputy rear`);

/** Honorifics that are the usual name of their bearer when one name follows: Lord Kelvin, Queen Elizabeth II. */
export const nobleTitles =
  words(`lord lady king queen prince princess emperor empress tsar tsarina czar sultan shah kaiser
  pope saint duke duchess earl count countess baron baroness viscount marquess marquis`);

/** Small words inside the names of persons and places: Louis de Broglie, Max von Laue, Chott el Djerid. */
export const nameParticles =
  words(`de del della di da dos das du des la le les el al von van der den ter ten zu zum zur af av bin
  ibn ben y e vom`);

export const romanNumeral = /^(?=[IVX])(?:X{0,3})(?:IX|IV|V?I{0,3})$/;

export const femaleWords =
  words(`she her hers herself woman girl lady wife mother daughter sister aunt niece queen princess
  actress heroine duchess countess baroness widow grandmother granddaughter hostess empress bride goddess mrs mrs. miss
  ms ms. dame madame mademoiselle seamstress nun governess mistress tsarina`);

export const maleWords =
  words(`he him his himself man boy gentleman husband father son brother uncle nephew king prince actor
  hero duke baron widower grandfather grandson host emperor groom god mr mr. sir monk priest tsar sultan lord earl
  count`);
