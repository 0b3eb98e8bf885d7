/** Family names so common that they prove little. */
const surnames = `
  abbas adams ahmed alexander ali allen anderson andersson andrews armstrong arnold bailey baker barnes becker bell
  bennett berg bergman bernard black brooks brown browne bush butler campbell carlson carter castro chen cheng clark
  clarke cole collins cook cooper cox crawford cruz davies davis diaz dixon duncan dunn edwards eriksson evans ferguson
  fernandez fischer fisher fleming ford foster fox francis franklin fraser freeman garcia gibson gomez gonzalez gordon
  graham grant gray green greene griffin gupta gutierrez hall hamilton hansen hanson harris harrison hart harvey hayes
  henderson henry hernandez hill hoffmann holmes holt howard hughes hunt hunter ivanov ivanova jackson jacobs james
  jansen jenkins jensen johansen johansson johnson johnston jones jordan joseph kaiser kaplan kelly kennedy khan kim
  king klein knight koch kowalski kozlov krause kumar kuznetsov lambert lang larsen larsson lawrence lee lehmann lewis
  li lin lindberg liu long lopez maier marshall martin martinez mason matthews mayer mccarthy mcdonald meier mendoza
  meyer meyers miller mills mitchell moore morales moreno morgan morris morrison muller murphy murray myers nelson
  newman nguyen nicholson nielsen nilsson novak obrien oconnor olsen olson ortiz owen owens palmer park parker patel
  paul pavlov pedersen perez perry peters petersen peterson petrov petrova phillips pierce pietersen popov porter
  powell price ramirez ramos reed reyes reynolds rice richards richardson rivera roberts robertson robinson rodriguez
  rogers romero rose ross rossi ruiz russell ryan sanchez sanders sato schmid schmidt schmitt schneider schroeder
  schulz schwarz scott shaw silva simmons simon simpson singh smirnov smith smyth snyder sokolov spencer stephens
  stephenson stevens stevenson stewart stone stuart sullivan suzuki svensson tanaka taylor thomas thompson thomson
  torres tucker turner volkov wagner walker wallace walsh wang ward warren washington watson weaver weber webb weiss
  wells west white wilkinson williams williamson wilson wolf wolff wong wood woods wright yamamoto yang young zhang
  zhao zhou zimmermann`;

/** Words that many names are made of. */
const generic = `
  academy administration agency air airlines airport alliance america american ancient arab army art arts asian
  association authority band bank bar battle bay big black blue board book boys bridge british brothers building bureau
  business cape capital castle cathedral cave center central chamber channel charter children china christian church
  city clan classic club coast code college colony commission committee common commonwealth communist community company
  conference congress conservative constitution consulting control convention cooperative corps council county court
  creek crisis crown cup dance dark day days dead death declaration democratic department desert design development
  directorate district division doctor dream duchy earth earthquake east eastern economic education electric electronic
  emperor empire energy engineering england english enterprise enterprises entertainment european exchange exhibition
  express falls family federal federation festival field film final financial fire first flight food football force
  forest fort foundation france free french fund galaxy game games garden gate general geographic german germany girls
  global gold golden government grand great green group guard guide gulf hall harbor health heavy high hill hills
  history holdings holy home hospital hotel house human imperial independent india indian industrial industries
  information inner institute instruments insurance international investment iron island islands isles japan japanese
  journal journey jungle justice key king kingdom kings labor laboratories laboratory lady lake land language law
  league legend liberal liberation liberty library life light limited line little london lord lost love lower machine
  machines magazine major management manufacturing map march marine market mars media medical medicine memorial men
  metal middle military mine ministry minor mission model modern monument moon motor motors mount mountain mountains
  movement music museum mystery national naval navy network new news night north northeast northern northwest nuclear
  number observatory ocean office oil old olympics open opera operation orchestra order organization outer pacific
  palace paper park part partners party pass peace peninsula people peoples petroleum philharmonic phone piano plan
  planet plant point pole police policy political pool port portable post power premier press prime prince princess
  prison prize products professor program project protestant province public queen queens radio rail railway range red
  reform regiment region religion republic research reserve resistance resources return revolution rights rising river
  road robot rock royal rule russia russian sacred saint sales san santa school science sciences scientific sea second
  secret security senate series service services ship short shore show siege silver sky small social socialist society
  software solar sonata song south southeast southern southwest soviet space spain spanish sports spring square stadium
  standard star stars state states station steel stone store story straits street studio studios summer summit sun
  super supreme symphony system systems tale team technical technologies technology telegraph telephone television
  temple territory test theater theory times tools tower town trade trading traffic training transport travel treaty
  tribe trust union united universal university upper valley vice village volume war wars water west western white wild
  wind winter woman women wood word works world year years yellow young youth zone
  acid base cell chloride chlorate concerto force membrane minor nitrate nitrite potassium sodium species sulfate
  sulfite calcium vitamin virus syndrome disease theorem equation effect principle`;

/** Words that join others and may be left out; in several languages. */
const joining = `a an the and or of in on at by for from to with de del della di da do dos das du des d la le les el al
  los las il van von der den ter zu zur zum am an und et y e i og och ibn bin bint`;

const articles = `the a an le la les l el los las il lo gli i der die das den det ein eine un une uma o os as`;

const surnameSet = setOf(surnames);
const genericSet = setOf(generic);
const joiningSet = setOf(joining);
const articleSet = setOf(articles);

export function isCommonSurname(word: string): boolean {
  return surnameSet.has(word);
}

export function isGenericWord(word: string): boolean {
  return genericSet.has(word);
}

export function isJoiningWord(word: string): boolean {
  return joiningSet.has(word);
}

export function isArticle(word: string): boolean {
  return articleSet.has(word);
}

function setOf(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/));
}
