/** Everyday nouns that the word list of `compromise` lacks and that titles and names of institutions are made of. */
export const extraCommonWords: ReadonlySet<string> = new Set(
  `abyss academy accident acid adventure affair affairs age agriculture air album alchemy altar anatomy angel angels animal
  animals anthem antiquity anvil apple ark arm armour arrow art arts ash ashes atlas atom atoms attic aurora automata autumn
  avalanche axe baby ballad band banner bay beast beauty bee beginning bell bird birds birth blanket blood blossom boat body
  bolt bomb bone bones book books boot bottle boulevard box brain brains branch bread breath breeze brick bride bridge
  brother bubble bullet butterfly cabin cabinet cage cake camera camp candle canvas captain car card cards carnival carpet
  castle cat cathedral cave ceremony chain chains chair chamber champion chaos chapel chapter chariot child childhood
  choice christmas church cigar cinema circle citizen city clay clock clocks cloud clouds coach coal coast coat code coin
  colony colour comet commerce companion compass computer concerto conquest constellation copper corn corner cosmos cottage
  council country courage court cradle creation creature creed crime crisis cross crow crowd crown crystal culture
  curiosity curse curtain cycle cypher dance danger darkness daughter dawn day days dead deal death deed deep deer
  democracy demon depth desert desire destiny devil dial diamond diamonds dictionary dinner dinosaur disaster discovery
  divinity doctor dog dogs doll dolphin doom door doors dove draft dragon drama dream dreams dress drum dusk dust duty eagle
  ear earth earthquake east echo eclipse economics economy eden edge education egg electron electronics element elephant
  elf empire encounter encounters end enemy energy engine engineering engines enigma entertainment equation escape essay
  eternity evening event evil evolution exile existence experience eye eyes fable face fairy faith fall fame family farm
  fashion fate father fear feast feather fever fiction fiddle fiddler field fields fight finger fire fish flag flame flesh
  flight flood floor flower flowers flute fog folk fool foot forest forge fortress fortune foundation fountain fox freedom
  friend friends friendship frog frontier fruit fruits fury future galaxy gallery gallows game games garden gardens gate
  gates gem genesis genius geography geology geometry ghost ghosts giant gift girl glass glory goat god gods gold goose
  grace grain grammar grass grave graves gravity grief guardian guardians guide guilt guitar gulf gun guns habit hair hall
  hammer hand hands happiness harbour harp harvest hat hawk head heart hearts heat heaven heir hell hen heritage hermit hero
  heroes highway hill history hole holiday home honey honour hope horizon horn horse horses hospital host hotel hour hours
  house houses hunt hunter hunters hurricane ice idea ideas idiot idol image imagination independence industry infinity
  ink inn innocence insect inspector instinct intelligence invention iron island islands ivory jacket jazz jewel jewels
  journal journey joy judgement jungle jury justice key keys king kingdom kingdoms kings kiss kitchen knife knight knights
  knot labour labyrinth lady lake lamb lamp land lands language law laws lead leaf league leap leather leaves legend legends
  leisure lesson letter letters liberty library lie life light lightning lights lily line lion lions lips list literature
  lives logic loneliness lord lords loss love lovers luck lust machine machinery machines madness magic maiden man mansion
  manufactures map maps march mask masks mass master masters matter meadow meaning mechanics medicine memoir memoirs
  memories memory men mercury mercy metal midnight mile milk mill mind minds mine minister minute miracle mirage mirror mist
  moment momentary monarchy money monkey monster monsters month monument moon morning mother mountain mountains mouse mouth
  murder muse museum music mystery myth name names nation nations nature navy necklace needle neighbour nest net neutron
  night nightmare nights nobility noise noon north note notes nothing novel nucleus number numbers oak ocean odyssey opera
  oracle order origin origins owl ox page pages pain paint palace palm panic panther paper parade paradise paradox park
  passage passages passion past path patience peace peak pearl pen penguin people peril phantom pharaoh philosophy photon
  photons physics piano picture pictures pig pigeon pilgrim pillar pilot pioneer pipe piper pirate pirates pity place plague
  plain plan planet planets plant plants play pleasure plough poem poems poet poetry poison politics pool portrait power
  prayer pride principles prison problem problems progress promise proof property prophecy prophet proton province psychology
  pulse punishment puzzle pyramid quantum queen quest question quiet rabbit race radio rage raider raiders rail railway rain
  rainbow rat raven ray reality realm reason rebel rebellion reckoning record records recovery reef reflection reign relativity
  religion remains renaissance rescue research restaurant revelation revenge revolution revolutions reward rhythm riddle ride
  ring rings river rivers road roads rock rocket rocks romance roof room root roots rope rose roses round rumour rumours sacrifice
  sail saint salt sand sands saucer saucerful school science sciences scout sea sea seas season seasons secret secrets seed
  sense serpent servant shadow shadows shape shepherd shield ship ships shirt shock shoe shore sickness side sign silence silk
  silver sin sister sisters skin sky slave sleep smile smoke snake snow society soil soldier soldiers solitude son song songs
  sorrow soul souls sound sounds south space spear species spectrum speech spell sphere spider spiders spirit spirits splendour
  spring stage stairs star stars state states station stations statue steam steel step steps stone stones store storm stories
  story strain stranger strangers stream street streets strength string structure struggle student suburb success summer sun
  sunrise sunset surface surgeon surprise swamp swan sword symphony syndrome table tale tales tango tea tear tears technology
  telegraph temple terror test text theatre theme theorem theory thief thing things thorn thought thoughts thread threshold
  throne thunder tide tiger time times tobacco toll tomb tomorrow tongue tooth torch touch tower town toy track tradition traffic
  tragedy train traveller treasure treatise tree trees trial tribe trick triumph trouble trumpet trust truth turtle twilight twin
  typhus unicorn union universe uranium valley value vampire vapour vegetable veil vengeance verse vessel victim victory view
  village violence violin virtue vision visions voice voices volcano voyage voyages wagon walk wall walls war warrior wars waste
  watch water waters wave waves way wealth weapon weather web wedding week weight west whale wheat wheel whisper wife wilderness
  will wind window winds wine wing wings winter wisdom wish witch wizard wolf woman women wonder wonders wood woods word words
  work works world worlds worm wound wreck wrath writing year years youth zone electric musical medical royal imperial national
  international secret naval military civil public atomic nuclear polar geographical astronomical mathematical statistical
  theoretical advanced applied computable computing economic electrical electronic intellectual wooden mobile`.split(
    /\s+/,
  ),
);
