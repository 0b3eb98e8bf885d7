/** Given names of several languages, without marks, as far as they are common enough to prove nothing by themselves. */
const common = `
  aaron abdul abdullah abigail adam adolf adrian agnes ahmad ahmed akira alan albert alberto alejandro aleksandr
  alessandro alex alexander alexandra alexandre alexei alfred ali alice alicia allan allen alma amanda amelia amir amy
  ana anastasia anders andre andrea andreas andrei andrew angela angelina anita ann anna anne annette annie anthony
  antoine anton antonia antonin antonio april ariel arnold arthur ashley astrid audrey august barbara beatrice ben
  benedict benjamin bernard bernhard bertha bertrand betty bill bjorn bob boris brad brandon brian bruce bruno bryan
  caleb cameron carl carla carlo carlos carmen carol carole caroline catherine cecilia charles charlie charlotte chris
  christian christina christine christoph christopher clara claire clark claude claudia clement colin connor conrad
  constance craig cristina curtis cynthia daisy dale dan dana daniel daniela daniele danielle dave david dean deborah
  dennis denis derek diana diane diego dieter dimitri dirk dmitri dmitry dominic dominique don donald donna dora doris
  dorothy douglas duncan dylan earl eduardo edgar edith edmund eduard edward edwin eileen elena eleanor elias elijah
  elisabeth eliza elizabeth ella ellen elsa emil emilia emilie emily emma enrique eric erica erik erika erin ernest
  ernesto ernst esther ethan eugene eva evan eve evelyn fatima felix ferdinand fernando fiona florence frances
  francesca francesco francis francisco francois frank franz fred frederic frederick frederik friedrich fritz gabriel
  gareth gary gavin geoffrey georg george georges georgina gerald gerard gerhard giacomo gina giorgio giovanni giulia
  giuseppe gloria gordon grace graham greg gregory gretchen guillaume gunther gustav guy hannah hans harold harriet
  harry harvey hassan heather hector heinrich helen helena helga henri henrik henry herbert herman hermann hilda
  holly horace howard hugh hugo ian ibrahim ida ignacio igor ilya ingrid irene irina iris isaac isabel isabella isaiah
  ivan ivana jack jackie jackson jacob jacqueline jacques jakob jamal james jan jane janet janice jared jason javier
  jean jeanne jeff jeffrey jennifer jeremy jerome jerry jesse jessica jill jim jimmy joan joanna joao joe joel johan
  johann johanna johannes john johnny jon jonas jonathan jordan jorge jose josef joseph josephine joshua joyce juan
  juanita judith judy julia julian juliana julie juliet julio julius june justin justine karen karin karl karla kate
  katharina katharine katherine kathleen kathryn katie keith kelly ken kenneth kenji kerry kevin kim kimberly kirsten
  klaus konrad konstantin kristin kurt kyle lars larry laura lauren laurence lawrence lea leah lee leila lena leo leon
  leonard leonardo leonid leopold leroy leslie lewis liam lillian lily linda lisa liz lloyd lois lorenzo louis louisa
  louise luc luca lucas lucia luciano lucien lucy ludwig luigi luis luisa lukas luke luther lydia lynn madeleine magda
  malcolm manfred manuel marc marcel marco marcus margaret margarita margot maria mariam marianne marie marilyn marina
  mario marion marjorie mark marta martha martin martina marvin mary mateo matilda matt matteo matthew matthias
  maurice max maximilian maxine maya megan mehmed mehmet melanie melissa mia michael michaela michel michele michelle
  miguel mikael mike mikhail milan mildred miles milton miranda miriam mohamed mohammad mohammed moses muhammad mustafa
  nadia nancy naomi natalia natalie natasha nathan nathaniel neil nelson nicholas nick nicola nicolas nicole nigel
  nikolai nina noah noel nora norma norman octavia olaf oleg olga oliver olivia omar oscar otto owen pablo pamela
  paolo pat patricia patrick paul paula pauline pavel pedro penelope percy peter petra philip philipp philippe phillip
  phyllis pierre pietro pyotr rachel rafael ralph ramon randy raoul raphael raul ray raymond rebecca reginald reinhard
  rene renee rex rhoda ricardo richard rick rita rob robert roberta roberto robin rodney roger roland rolf roman ron
  ronald rosa rosalind rose rosemary ross roy rudolf rupert russell ruth ryan sabine sally sam samantha samson samuel
  sandra sara sarah saul scott sean sebastian serena sergei sergey sergio shannon sharon sheila shirley sidney siegfried
  sigmund silvia simon simone sofia solomon sonia sophia sophie spencer stanley stefan stefano stella stephanie stephen
  steve steven stuart sue susan susanna suzanne sven sylvia tamara tanya tatiana ted teresa terry thea theodor theodore
  theresa thomas tim timothy tina tobias todd tom tomas tommaso tommy tony tracy trevor tristan tyler ulrich umberto
  ursula valentin valentina valeria valerie vanessa vasily vera veronica victor victoria viktor vincent vincenzo viola
  violet virginia vittorio vivian vladimir walter wanda warren wayne wendy werner wilfred wilhelm will william willy
  winston wolfgang xavier yakov yasmin yolanda yuri yusuf yvonne zoe`;

/** One name in the spellings that languages and romanisations give it. */
const spellings = `
  alexander aleksandr alexandr aleksander oleksandr
  alexei aleksei alexey aleksey
  andrei andrey
  dmitri dmitry dmitriy dimitri dmitrii
  evgeny evgeni yevgeny evgenii yevgeni
  fyodor fedor feodor
  georgy georgi georgii
  ilya ilia
  maxim maksim
  mikhail michail
  nikolai nikolay nikolaj
  pyotr petr piotr
  sergei sergey sergej serge
  semyon semen
  vasily vasili vassily vasiliy
  yuri yury iurii jurij
  volodymyr wolodymyr
  muhammad mohammed mohamed mohammad mehmed mehmet
  ahmad ahmed
  abdullah abdallah
  hussein husayn hussain hossein
  omar umar
  yusuf yousef youssef
  nikos nicos
  yannis giannis ioannis`;

/** A full name and what people of that name are called; a short form may stand for several full ones. */
const nicknames = `
  abraham abe
  albert al bert
  alexander alex sandy alec sasha xander
  alexandra alex sandra sasha
  alfred alf fred
  andrew andy drew
  anthony tony
  antonia toni tony
  arthur art
  barbara barb babs
  benjamin ben benny
  bernard bernie
  catherine cathy kate katie kitty cat
  katherine kathy kate katie kitty kat
  katharine kathy kate katie kitty
  kathleen kathy kate katie
  charles charlie chuck
  charlotte charlie lottie
  christina chris tina chrissy
  christine chris tina chrissy
  christopher chris kit topher
  daniel dan danny
  david dave davy
  deborah deb debbie
  donald don donny
  dorothy dot dottie dolly
  edward ed eddie ted teddy ned
  edwin ed eddie
  eleanor ellie nell nora
  elizabeth liz lizzie beth betty betsy eliza bess lisa ella
  eugene gene
  ernesto che
  frances fran fanny
  francis frank
  franklin frank
  frederick fred freddie
  gabriel gabe
  gerald gerry jerry
  gregory greg
  harold harry hal
  henry harry hank hal
  isabella bella izzy
  jacob jake
  james jim jimmy jamie
  jennifer jen jenny
  jessica jess
  john jack johnny jon
  jonathan jon jonny
  joseph joe joey
  joshua josh
  judith judy
  julia julie
  lawrence larry
  leonard len lenny leo
  louis lou
  margaret maggie meg peggy marge greta rita
  martin marty
  matthew matt
  michael mike mick mickey misha
  nathaniel nat nate nathan
  nicholas nick nicky
  nikolai kolya
  olivia liv livvy
  oliver ollie
  pamela pam
  patricia pat patty tricia
  patrick pat paddy
  peter pete
  philip phil
  rebecca becky
  richard dick rick ricky rich
  robert bob bobby rob robbie bert
  roger rog
  ronald ron ronnie
  rudolf rudi
  samantha sam
  samuel sam sammy
  sarah sally sadie
  stanley stan
  stephen steve stevie
  steven steve stevie
  susan sue susie
  theodore ted teddy theo
  theresa terry tess
  thomas tom tommy
  timothy tim
  victor vic
  victoria vicky
  vincent vince
  vladimir volodya vova
  walter walt
  wilhelm willy
  william bill billy will willy liam
  zachary zach`;

const commonNames = new Set(words(common));
const spellingOf = new Map(
  lines(spellings).flatMap((names) => names.map((name) => [name, names[0] ?? name] as [string, string])),
);
const fullNames = new Map<string, string[]>();
for (const [full = '', ...shorts] of lines(nicknames)) {
  for (const short of shorts) fullNames.set(short, [...(fullNames.get(short) ?? []), full]);
  commonNames.add(full);
}

export function isCommonGivenName(word: string): boolean {
  return commonNames.has(word) || fullNames.has(word) || spellingOf.has(word);
}

/** The spelling that all spellings of a given name are compared by; any other word is itself. */
export function givenNameSpelling(word: string): string {
  return spellingOf.get(word) ?? word;
}

/** The full names that a short form may stand for; none if it is no short form. */
export function fullNamesOf(word: string): readonly string[] {
  return fullNames.get(word) ?? [];
}

/** Whether one may be what a person with the other name is called. Two short forms of one name are not enough. */
export function areNicknames(one: string, other: string): boolean {
  return fullNamesOf(one).includes(givenNameSpelling(other)) || fullNamesOf(other).includes(givenNameSpelling(one));
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

function lines(text: string): string[][] {
  return text.trim().split(/\n\s*/).map(words);
}
