/** Names that the word list of `compromise` lacks or reads otherwise; lower case, several words joined by blanks. */
export type PlaceKind = 'city' | 'country' | 'region' | 'place';

function list(names: string): string[] {
  return names
    .split(',')
    .map((name) => name.trim().replace(/\s+/g, ' '))
    .filter((name) => name !== '');
}

const cities = list(`tromsø, uppsala, kraków, cracow, st petersburg, st. petersburg, leningrad, petrograd, göttingen,
  heidelberg, zürich, the hague, leiden, leyden, delft, new york, new york city, houston, mexico city, são paulo, santiago,
  bogotá, alexandria, casablanca, bombay, calcutta, madras, sydney, hobart, punta arenas, florence, bologna, pisa, como,
  bordeaux, prussia, hollywood, montreux, innsbruck, nuremberg, potsdam, bonn, mannheim, kiel, hanover, breslau, königsberg,
  danzig, gdańsk, ljubljana, siena, rhodes, christiania, constantinople, cologne, reims, rouen, lille, grenoble, montpellier,
  aachen, augsburg, weimar, jena, halle, marburg, tübingen, freiburg, karlsruhe, würzburg, bamberg, erfurt, lübeck, rostock,
  wrocław, łódź, poznań, lwów, brno, bratislava, debrecen, malmö, turku, trondheim, stavanger, aarhus, odense, reykjavík,
  reykjavik, cork, galway, belfast, cardiff, swansea, aberdeen, dundee, inverness, york, bath, exeter, plymouth,
  southampton, portsmouth, brighton, canterbury, norwich, nottingham, leicester, derby, sheffield, leeds, bradford, hull,
  newcastle, sunderland, durham, carlisle, lancaster, preston, bolton, blackpool, wolverhampton, coventry, reading, luton,
  princeton, berkeley, pasadena, palo alto, oakland, sacramento, san diego, san jose, las vegas, phoenix, denver,
  salt lake city, kansas city, st louis, st. louis, cincinnati, cleveland, pittsburgh, buffalo, baltimore, richmond,
  charleston, savannah, nashville, memphis, new haven, providence, burbank, sausalito, los alamos, van nuys, pearl harbor,
  cape canaveral, kyiv, yokohama, edo, osaka, kyoto, sapporo, fukuoka, sendai, nagasaki, hiroshima, nagoya, nanking, canton, saigon, phnom penh, rangoon, kathmandu,
  colombo, dhaka, islamabad, kabul, samarkand, tashkent, tbilisi, yerevan, baku, mecca, medina, riyadh, dubai, abu dhabi,
  amman, haifa, timbuktu, marrakesh, fez, zanzibar, kampala, lusaka, harare, pretoria, durban, kingston, santo domingo,
  san juan, panama city, guatemala city, quito, la paz, asunción, brasília, salvador, recife, córdoba, valparaíso,
  dunedin, canberra, adelaide, darwin, port moresby, anchorage, nome, juneau, victoria, calgary, edmonton, winnipeg,
  quebec city, halifax, monte carlo, austin, orlando, alexandria, seville, granada, toledo, valencia, bilbao, coimbra, porto, avignon, cannes, versailles, dieppe,
  calais, dunkirk, bruges, liège, leuven, haarlem, eindhoven, arnhem, groningen, basle, lausanne, lucerne, lugano`);

const countries =
  list(`britain, great britain, northern ireland, us, u.s., u.k., u.s.a., uk, usa, america, soviet union,
  ussr, u.s.s.r., soviet russia, russian empire, ottoman empire, roman empire, byzantine empire, british empire, holy roman empire,
  austria-hungary, yugoslavia, czechoslovakia, east germany, west germany, persia, ceylon, siam, rhodesia, prussia,
  the netherlands, england, scotland, wales, united states, united states of america, united kingdom, holland`);

const regions =
  list(`asia, asia minor, central asia, polynesia, melanesia, micronesia, iberia, indochina, bohemia, silesia, galicia, transylvania, lapland, spitsbergen, svalbard, north america, south america,
  central america, latin america, oceania, arctic, antarctic, antarctica, middle east, far east, near east, balkans,
  scandinavia, wiltshire, berkshire, kent, essex, sussex, surrey, norfolk, suffolk, devon, cornwall, dorset, somerset,
  hampshire, lancashire, cheshire, cumberland, westmorland, northumberland, bedfordshire, cambridgeshire, huntingdonshire,
  shropshire, worcestershire, herefordshire, rutland, midlands, madeira, alps, swiss alps, himalayas, himalaya, andes,
  pyrenees, carpathians, urals, caucasus, rocky mountains, rockies, appalachians, sahara, gobi, amazon, rhine, rhône, seine,
  loire, danube, elbe, oder, vistula, volga, nile, congo, niger, zambezi, ganges, indus, yangtze, mekong, mississippi,
  missouri, hudson, thames, tiber, jordan, atlantic, pacific, mediterranean, baltic, caribbean, adriatic, aegean,
  atlantic ocean, pacific ocean, indian ocean, arctic ocean, southern ocean, south atlantic, north atlantic, south pacific,
  mediterranean sea, baltic sea, north sea, black sea, red sea, caspian sea, weddell sea, ross sea, barents sea, kara sea,
  virginia, west virginia, georgia, north carolina, south carolina, south pole, north pole, new england, midwest, deep south, west indies, east indies, crete, sardinia, sicily, corsica,
  malta, zealand, jutland, brittany, normandy, provence, alsace, lorraine, burgundy, champagne, savoy, gascony, catalonia,
  andalusia, castile, aragon, tuscany, lombardy, piedmont, venetia, umbria, calabria, flanders, wallonia, friesland,
  pomerania, thuringia, westphalia, rhineland, swabia, franconia, styria, tyrol, carinthia, moravia, slovakia, ruthenia,
  volhynia, lithuania, courland, livonia, karelia, crimea, anatolia, mesopotamia, palestine, levant, arabia, kashmir,
  punjab, bengal, assam, tibet, manchuria, mongolia, formosa, hokkaido, okinawa, luzon, borneo, java, sumatra, bali,
  new guinea, south georgia, falkland islands, south island, north island, south orkney islands, south shetland islands,
  queen maud land, graham land, victoria land, cape horn, drake passage, northwest passage, north-west passage,
  northeast passage, north-east passage, bering strait, panama canal, suez canal, gibraltar, english channel, gallipoli,
  île-de-france, latin quarter, manhattan, harlem, queens, bronx, greenwich village, soho, mayfair, chelsea, brixton,
  islington, hampstead, kensington, westminster, montmartre, montparnasse, kreuzberg, dahlem, schöneberg`);

const otherPlaces = list(
  `mars, venus, jupiter, saturn, uranus, neptune, pluto, earth, moon, sun, milky way, andromeda`,
);

export const extraPlaces: ReadonlyMap<string, PlaceKind> = new Map<string, PlaceKind>([
  ...otherPlaces.map((name) => [name, 'place'] as const),
  ...regions.map((name) => [name, 'region'] as const),
  ...cities.map((name) => [name, 'city'] as const),
  ...countries.map((name) => [name, 'country'] as const),
]);

export const extraDemonyms: ReadonlySet<string> = new Set(
  list(`danish, swedish, finnish, polish, irish, british, english, spanish, turkish, jewish, scandinavian, arctic,
  antarctic, victorian, edwardian, elizabethan, georgian, soviet, prussian, austro-hungarian, bavarian, saxon, scots, scot,
  pole, poles, finn, finns, turk, turks, arab, arabs, arabian, arabic, byzantine, ottoman, celtic, nordic, latin, flemish,
  catalan, breton, parisian, londoner, viennese, berliner, sicilian, siberian, mongol, mongols, tibetan, hawaiian,
  icelander, zulu, persian, persians, christian, christians, muslim, muslims, catholic, catholics, catholicism, protestant,
  protestants, hindu, hindus, buddhist, buddhists, islamic, islam, christianity, judaism, buddhism, hinduism, anglican,
  methodist, lutheran, calvinist, orthodox, gothic, baroque, allied, nazi, nazis, republican, republicans, democrat,
  democrats, democratic, communist, communists, marxist, bolshevik, bolsheviks, jew, jews, englishmen, englishwoman,
  frenchman, frenchwoman, frenchmen, dutchman, irishmen, scotsman, scotswoman, welshman, norwegians, hebrew, slavic,
  yiddish, sanskrit, germanic, tudor, transatlantic, new zealander, new zealanders, roman, romans, czechoslovak,
  yugoslav, anglo-american, anglo-irish, anglo-saxon, african-american, afro-american, silesian, bohemian, hungarian,
  cornish, manx, inuit, eskimo, eskimos, maori, aboriginal, cossack, cossacks, parisians, londoners, venetian, florentine,
  milanese, neapolitan, castilian, castilians, aragonese, lombard, lombards, tuscan, tuscans, saxons, genoese, californian, texan, new yorker, old norse, westerner`),
);

const maleNames = list(`fridtjof, roald, hjalmar, jürgen, günter, günther, max, jean, françois, andré, émile, gaston,
  eugène, édouard, rené, władysław, jerzy, józef, kazimierz, stanisław, lech, aage, harald, knud, olof, gösta, manne,
  bjørn, helmer, sverre, haakon, thorvald, frank, storm, harrison, aeneas, thoralf, wernher, hiroshi, kenji, yukio, raj,
  anil, jawaharlal, mohandas, rabindranath, yasser, kwame, kofi, diego, josé, hernán, simón, salvador, willem, jan,
  antonie, christiaan, christian, baruch, desiderius, leonhard, evariste, blaise, tycho, nicolaus, galileo, benoit,
  srinivasa, mark, will, bill, art, jack, nick, rob, pat, bob, chuck, drew, frédéric, eugene, jérôme, étienne, gérard,
  guillaume, olivier, raphaël, jörg, göran, håkon, søren, søren, jürg, ødegaard, władysław, łukasz, tomasz, piotr, paweł,
  michał, zygmunt, bolesław, mieczysław, ferenc, jános, lászló, györgy, sándor, istván, károly, béla, zoltán, pyotr,
  wassily, igor, oleg, anatoly, konstantin, leonid, lev, osip, fyodor, grigori, aleksandr, alexandr, maksim, gennady,
  giacomo, gioachino, niccolò, ottorino, ettore, amedeo, benvenuto, lorenzo, cosimo, piero, ludovico, heinz, dieter,
  helmut, jochen, uwe, hartmut, gottlieb, adalbert, leopold, maximilian, ottokar, sigmund, siegfried, aleister, ernst,
  alastair, colm, seamus, eamon, cormac, rhys, dylan, owen, ewan, hamish, angus, duncan, malcolm, rory, iain, cliff, dean, grant, guy, jay, heath, clay, cole, glenn, troy, rod, ross, miles, hank, woody,
  gene, randy, buddy, norman, earl, alonzo, hugo, desmond, alfredo, chase, reed, ben, rod, ned, ted, sid, syd, mick, kit`);

const femaleNames =
  list(`lise, irène, ève, eve, bronisława, zofia, augusta, hedy, hypatia, grace, ellen, klára, margrethe,
  eileen, mavis, ingrid, astrid, solveig, gro, liv, sigrid, agnieszka, małgorzata, wisława, helena, jadwiga, hélène, renée,
  chloé, zoë, chloë, simone, françoise, brigitte, colette, édith, ursula, käthe, hannelore, liesl, hildegard, elfriede,
  penny, sandy, bella, dolly, leonor, dolores, consuelo, inés, maría, frida, isabella, chiara, giulia, bianca, olga, tatiana, svetlana, ludmila,
  natalia, sofya, sofia, nadezhda, anastasia, yoko, keiko, michiko, akiko, mei, indira, sarojini, lakshmi, benazir,
  fatima, aisha, leila, golda, rivka, siobhan, niamh, aoife, maeve, nuala, bronwyn, gwen, gwyneth, rhiannon, joan,
  dorothea, cordelia, ophelia, hermione, philippa, winifred, gertrude, edith, ethel, mildred, hedwig, rosalind, jocelyn`);

const eitherNames =
  list(`dilly, iggy, perce, li, ming, ali, jo, sam, alex, kim, robin, jamie, lee, sydney, terry, jackie,
  marion, leslie, lindsey, stevie, ashley, tracy, chris, casey, jesse, dale, rey, kit`);

export const extraFirstNames: ReadonlyMap<string, 'male' | 'female' | 'either'> = new Map([
  ...eitherNames.map((name) => [name, 'either'] as const),
  ...femaleNames.map((name) => [name, 'female'] as const),
  ...maleNames.map((name) => [name, 'male'] as const),
]);

/** Words that the word list takes for first names and that prose rarely means so. */
export const notFirstNames: ReadonlySet<string> = new Set(
  list(`young, may, june, april, august, march, dawn, hope, faith, rich, rock, van, royal, major, king, prince, queen, star,
  stone, west, page, price, law, love, precious, summer, winter, autumn, sunday, art, genesis, paris, london, china, india,
  america, georgia, virginia, carolina, dakota, montana, asia, africa, israel, cuba, kenya, chad, jordan, trinidad, early,
  early, golden, jewel, ocean, storm, chance, worth, merit, trinity, college, park, house, song, so, an, see, le, la, de,
  el, my, the, in, long, orange, green, brown, white, black, gray, gold, silver, buck, buster, ice, sea, bay, lake, river,
  glen, dale, forest, cliff, lane, ray, rose, lily, violet, daisy, ivy, holly, olive, ginger, pearl, ruby, crystal,
  amber, jade, opal, terra, nova, sky, heaven, destiny, harmony, melody, ford, mercedes, dallas, houston, austin, lincoln, washington,
  madison, jackson, jefferson, harvard, stanford, berkeley, oxford, cambridge, apple, many, much, santa, mission, prize`),
);

/** Occupations and other words for persons that the word list lacks. */
export const extraPersonWords: ReadonlySet<string> = new Set(
  list(`physicist, chemist, mathematician, guitarist, drummer, bassist, pianist, violinist, cellist, singer, songwriter,
  vocalist, keyboardist, composer, conductor, producer, director, engineer, shipbuilder, explorer, navigator, geologist,
  biologist, meteorologist, astronomer, botanist, zoologist, surgeon, doctor, professor, lecturer, student, codebreaker,
  cryptanalyst, cryptographer, logician, philosopher, theologian, novelist, poet, playwright, dramatist, editor, publisher,
  industrialist, magnate, merchant, brewer, shipwright, whaler, captain, officer, admiral, general, colonel, major,
  lieutenant, commander, sergeant, soldier, sailor, seaman, airman, pilot, aviator, astronaut, cosmonaut, spy, lawyer,
  barrister, solicitor, judge, politician, statesman, diplomat, ambassador, minister, chancellor, senator, president,
  governor, mayor, king, queen, prince, princess, emperor, empress, duke, duchess, earl, count, countess, baron, baroness,
  knight, nobleman, aristocrat, bishop, archbishop, priest, monk, nun, pope, saint, prophet, missionary, schoolteacher,
  headmaster, tutor, governess, nurse, midwife, physician, dentist, pharmacist, farmer, miller, carpenter, blacksmith,
  wheelwright, weaver, tailor, cook, stowaway, steward, hunter, trapper, skier, climber, mountaineer, athlete, footballer,
  cricketer, boxer, swimmer, runner, sculptor, painter, illustrator, engraver, photographer, cinematographer, filmmaker,
  screenwriter, actor, actress, comedian, dancer, choreographer, entertainer, magician, weightlifter, architect, designer,
  inventor, industrialist, financier, banker, economist, sociologist, anthropologist, archaeologist, historian, linguist,
  psychologist, psychiatrist, psychoanalyst, neurologist, psychologist, programmer, manager, boss, chief, deputy,
  successor, predecessor, founder, co-founder, leader, member, colleague, collaborator, friend, rival, enemy, wife,
  husband, widow, widower, mother, father, parent, son, daughter, brother, sister, uncle, aunt, nephew, niece, cousin,
  grandfather, grandmother, grandson, granddaughter, stepfather, stepmother, stepson, stepdaughter, fiancé, fiancée,
  pupil, mentor, patron, doorman, porter, stoker, boatswain, mate, helmsman, cartographer, surveyor, ethnologist,
  oceanographer, naturalist, veteran, graduate, critic, journalist, reporter, broadcaster, correspondent, activist,
  revolutionary, rebel, slave, landowner, landlady, landlord, housekeeper, servant, toolmaker, clockmaker, instrument
  maker, toymaker, entrepreneur, businessman, businesswoman, executive, secretary, treasurer, librarian, curator, queen,
  rapper, frontman, saxophonist, trumpeter, flautist, organist, soprano, tenor, baritone, bandleader, engineer, crooner,
  technician, spectroscopist, crystallographer, metallurgist, geophysicist, astrophysicist, biochemist, statistician,
  geneticist, virologist, bacteriologist, pathologist, anatomist, physiologist, radiologist, gangster, droid, robot,
  twin, heir, heiress, orphan, bluesman, pioneer, scientist, scholar, teacher, author, writer, artist, musician, envoy,
  negotiator, narrator, competitor, organiser, organizer, initiator, signatory, delegate, winner, loser, victor, trustee,
  chairman, chairwoman, chairperson, goalkeeper, striker, winger, midfielder, defender, lamplighter, trainee, fitter,
  potter, mayor, shogun, samurai, flautist, printmaker, engraver, coach, skater, rower, fencer, cyclist, sprinter, referee,
  librettist, lyricist, essayist, satirist, columnist, presenter, announcer, broadcaster, smuggler, mercenary, privateer,
  pirate, regent, viceroy, consul, legate, prefect, senator, deputy, whip, speaker, usher, clerk, notary, bailiff, sheriff,
  abbess, prior, deacon, vicar, curate, pastor, preacher, theologist, hermit, pilgrim, crusader, embryologist,
  mineralogist, seismologist, glaciologist, palaeontologist, paleontologist, entomologist, ornithologist, pharmacologist,
  epidemiologist, geodesist, owner, co-owner, shareholder, operator, builder, holder, incumbent, tenant, sponsor, champion,
  contestant, candidate, opponent, ally, guardian, godfather, godmother, foreman, supervisor, superintendent, hydrographer, choirmaster, bandmaster, impresario, restaurateur, hotelier, shipowner`),
);
