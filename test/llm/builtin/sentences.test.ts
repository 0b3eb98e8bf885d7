import { describe, expect, test } from 'vitest';
import { entitiesOf, extract, relationsOf } from './extraction.ts';

/** A text, entities that have to be found, relations that have to be found. */
const examples: [string, string[], string[]][] = [
  ['Colin Archer designed Fram.', ['Colin Archer (person)'], ['Colin Archer designed Fram']],
  ['Fram was designed by Colin Archer in 1892.', [], ['Colin Archer designed Fram 1892']],
  [
    'Marie Curie married Pierre Curie in Sceaux on 26 July 1895.',
    ['Marie Curie (person)', 'Pierre Curie (person)', 'Sceaux (place)'],
    ['Marie Curie married Pierre Curie 1895-07-26', 'Marie Curie married_in Sceaux 1895-07-26'],
  ],
  ['Niels Bohr was born in Copenhagen on 7 October 1885.', [], ['Niels Bohr born_in Copenhagen 1885-10-07']],
  ['Nikola Tesla died in New York City on January 7, 1943.', [], ['Nikola Tesla died_in New York City 1943-01-07']],
  ['Stevie Nicks joined Fleetwood Mac in 1975.', [], ['Stevie Nicks joined Fleetwood Mac 1975']],
  ['Syd Barrett left Pink Floyd in April 1968.', [], ['Syd Barrett left Pink Floyd 1968-04']],
  [
    'J. J. Thomson directed the Cavendish Laboratory in Cambridge from 1884 to 1919.',
    ['J. J. Thomson (person)', 'Cavendish Laboratory (organization)', 'Cambridge (place)'],
    ['J. J. Thomson directed Cavendish Laboratory 1884..1919', 'Cavendish Laboratory located_in Cambridge'],
  ],
  ['Alan Turing worked at Bletchley Park until 1945.', [], ['Alan Turing worked_at Bletchley Park ..1945']],
  ['Ernest Rutherford succeeded J. J. Thomson in 1919.', [], ['Ernest Rutherford succeeded J. J. Thomson 1919']],
  [
    'Max Newman and Alan Turing moved to the University of Manchester in the autumn of 1948.',
    ['University of Manchester (organization)'],
    ['Max Newman moved_to University of Manchester 1948', 'Alan Turing moved_to University of Manchester 1948'],
  ],
  [
    'The Royal Swedish Academy of Sciences awarded Rutherford the Nobel Prize in Chemistry in 1908. Ernest Rutherford was pleased.',
    ['Royal Swedish Academy of Sciences (organization)', 'Nobel Prize in Chemistry (award)'],
    [
      'Ernest Rutherford received Nobel Prize in Chemistry 1908',
      'Royal Swedish Academy of Sciences awarded Nobel Prize in Chemistry 1908',
    ],
  ],
  [
    'The Academy gave the Davy Medal to Lise Meitner and Otto Hahn.',
    ['Davy Medal (award)'],
    ['Lise Meitner received Davy Medal', 'Otto Hahn received Davy Medal'],
  ],
  ['James Chadwick won the Nobel Prize in Physics in 1935.', [], ['James Chadwick won Nobel Prize in Physics 1935']],
  [
    'Robert Fripp, the guitarist of King Crimson, played with David Bowie.',
    ['King Crimson (organization)'],
    ['Robert Fripp guitarist_of King Crimson', 'Robert Fripp played_with David Bowie'],
  ],
  [
    'John Williams composed the score. His wife, the actress Barbara Ruick, died in 1974.',
    ['Barbara Ruick (person)'],
    ['Barbara Ruick wife_of John Williams'],
  ],
  [
    'Grace Hopper was a programmer. She joined Remington Rand and later taught at Yale University.',
    ['Grace Hopper (person)', 'Yale University (organization)'],
    ['Grace Hopper joined Remington Rand', 'Grace Hopper taught_at Yale University'],
  ],
  [
    'Roald Amundsen reached the South Pole on 14 December 1911, and Robert Falcon Scott reached it on 17 January 1912.',
    ['South Pole (place)'],
    ['Roald Amundsen reached South Pole 1911-12-14', 'Robert Falcon Scott reached South Pole 1912-01-17'],
  ],
  [
    'Alan Parsons, an engineer of EMI, recorded The Dark Side of the Moon at Abbey Road Studios.',
    ['The Dark Side of the Moon (work)', 'Abbey Road Studios (organization)', 'EMI (organization)'],
    ['Alan Parsons engineer_of EMI', 'Alan Parsons recorded The Dark Side of the Moon'],
  ],
  [
    'Their album Rumours, which Warner Bros. Records released on 4 February 1977, won a Grammy Award.',
    ['Rumours (work)', 'Warner Bros. Records (organization)', 'Grammy Award (award)'],
    ['Warner Bros. Records released Rumours 1977-02-04', 'Rumours won Grammy Award'],
  ],
  [
    'In 1986 David Bowie acted in Labyrinth, directed by Jim Henson.',
    ['Labyrinth (work)'],
    ['David Bowie acted_in Labyrinth 1986', 'Jim Henson directed Labyrinth'],
  ],
  ['John Lennon wrote "Imagine" in 1971.', ['Imagine (work)'], ['John Lennon wrote Imagine 1971']],
  [
    'J. K. Rowling wrote *Harry Potter and the Goblet of Fire*.',
    ['Harry Potter and the Goblet of Fire (work)'],
    ['J. K. Rowling wrote Harry Potter and the Goblet of Fire'],
  ],
  ['The Battle of Waterloo took place in June 1815.', ['Battle of Waterloo (event)'], []],
  [
    'In 1911 Rutherford took part in the Solvay Conference in Brussels. Ernest Rutherford met Albert Einstein there.',
    ['Solvay Conference (event)'],
    ['Ernest Rutherford participated_in Solvay Conference 1911', 'Ernest Rutherford met Albert Einstein'],
  ],
  [
    'Microsoft, headquartered in Redmond, Washington, acquired GitHub in 2018.',
    ['Redmond (place)', 'Washington (place)'],
    ['Microsoft acquired GitHub 2018', 'Redmond located_in Washington'],
  ],
  [
    'Tom Crean served with Ernest Shackleton on the Endurance expedition.',
    ['Endurance expedition (event)'],
    ['Tom Crean served_with Ernest Shackleton', 'Tom Crean served_on Endurance expedition'],
  ],
  [
    'Shackleton commanded the James Caird, a boat less than twenty-three feet long. The manufacturer James Caird paid for it.',
    ['James Caird (vehicle)'],
    [],
  ],
  [
    'Louis de Broglie studied at the Sorbonne under Paul Langevin.',
    ['Louis de Broglie (person)', 'Paul Langevin (person)'],
    ['Louis de Broglie studied_at Sorbonne', 'Louis de Broglie studied_under Paul Langevin'],
  ],
  [
    'Max von Laue lectured at the University of Berlin.',
    ['Max von Laue (person)'],
    ['Max von Laue lectured_at University of Berlin'],
  ],
  [
    'The Museum of Industry and Agriculture stood in Warsaw.',
    ['Museum of Industry and Agriculture (organization)'],
    ['Museum of Industry and Agriculture located_in Warsaw'],
  ],
  [
    'He joined the National Physical Laboratory and proposed an Automatic Computing Engine, or ACE.',
    ['Automatic Computing Engine (technology)'],
    [],
  ],
  [
    'Queen Elizabeth II knighted Ian McKellen.',
    ['Queen Elizabeth II (person)'],
    ['Queen Elizabeth II knighted Ian McKellen'],
  ],
  ['Captain Thorvald Nilsen sailed from Norway.', ['Thorvald Nilsen (person)'], ['Thorvald Nilsen sailed_from Norway']],
  ['HMS Petard sank off Egypt.', ['HMS Petard (vehicle)', 'Egypt (place)'], ['HMS Petard sank_off Egypt']],
  [
    'Mary McCartney, the daughter of Paul McCartney, lives in London.',
    [],
    ['Mary McCartney daughter_of Paul McCartney', 'Mary McCartney lived_in London'],
  ],
  [
    'In March 1946 Eckert and Mauchly left the University of Pennsylvania. J. Presper Eckert and John Mauchly built the UNIVAC.',
    ['J. Presper Eckert (person)', 'John Mauchly (person)'],
    ['J. Presper Eckert left University of Pennsylvania 1946-03', 'John Mauchly built UNIVAC'],
  ],
  [
    'Nobel was rich. Niels Bohr helped to create CERN and went on to direct the Institute for Theoretical Physics.',
    ['Institute for Theoretical Physics (organization)'],
    ['Niels Bohr created CERN', 'Niels Bohr directed Institute for Theoretical Physics'],
  ],
  ['Bob Dylan influenced Patti Smith.', [], ['Bob Dylan influenced Patti Smith']],
  ['Ada Lovelace corresponded with Michael Faraday.', [], ['Ada Lovelace corresponded_with Michael Faraday']],
  [
    'Luigi Menabrea, who later became prime minister of Italy, admired Charles Babbage.',
    [],
    ['Luigi Menabrea prime_minister_of Italy', 'Luigi Menabrea admired Charles Babbage'],
  ],
  [
    'Enrico Fermi came from Rome and Lise Meitner from Berlin.',
    ['Enrico Fermi (person)', 'Lise Meitner (person)', 'Rome (place)'],
    ['Enrico Fermi came_from Rome'],
  ],
  ['R2-D2 serves Anakin Skywalker from 22 to 19 BBY.', [], ['R2-D2 served Anakin Skywalker 22 BBY..19 BBY']],
  [
    'Paris Hilton was in Rome. Marie Curie lived in Paris.',
    ['Paris (place)', 'Rome (place)'],
    ['Marie Curie lived_in Paris'],
  ],
];

describe('what a text states is found', () => {
  test.each(examples)('%s', (text, entities, relations) => {
    const extraction = extract(text);
    expect(entitiesOf(extraction)).toEqual(expect.arrayContaining(entities));
    expect(relationsOf(extraction)).toEqual(expect.arrayContaining(relations));
  });
});

describe('what a text does not state is not found', () => {
  test.each([
    ['Niels Bohr did not join the Manhattan Project.', 'joined'],
    ['Niels Bohr would never visit Moscow.', 'visited'],
    ['If Alan Turing visited Berlin, nobody knew.', 'visited'],
    ['Barrett wrote "Arnold Layne" and Gilmour left London.', 'Gilmour wrote'],
    ['The remains of Marie Curie and Pierre Curie were transferred to the Panthéon.', 'Curie transferred_to'],
  ])('%s', (text, absent) => {
    const certain = extract(text).relationships.filter(({ confidence }) => confidence >= 0.7);
    expect(relationsOf({ entities: [], relationships: certain }).filter((one) => one.includes(absent))).toEqual([]);
  });

  test.each([
    'When she left, nobody spoke on Monday in May.',
    'Grief came early. However, the Polish and German visitors stayed.',
    'In The summer They went home.',
    '',
    '   \n\n  ',
  ])('no names in: %s', (text) => {
    expect(entitiesOf(extract(text))).toEqual([]);
  });
});

describe('names', () => {
  test('a surname stands for the person named in full before, and becomes an alias', () => {
    const { entities } = extract('Ernest Shackleton sailed south. Shackleton named the ship Endurance.');
    const [person] = entities.filter(({ type }) => type === 'person');
    expect(person).toMatchObject({ name: 'Ernest Shackleton', aliases: ['Shackleton'] });
    expect(entities.filter(({ name }) => name === 'Shackleton')).toEqual([]);
  });

  test('the title names its subject even where the text only uses the surname', () => {
    const { entities } = extract('Curie refused a pension. In 1908 Curie became a professor.', 'Marie Curie');
    expect(entities).toMatchObject([{ name: 'Marie Curie', type: 'person', aliases: ['Curie'] }]);
  });

  test('a birth name becomes an alias', () => {
    const { entities } = extract('David Bowie was a singer. He was born David Robert Jones in Brixton.', 'David Bowie');
    expect(entities.find(({ name }) => name === 'David Bowie')?.aliases).toContain('David Robert Jones');
    expect(entities.some(({ name }) => name === 'David Robert Jones')).toBe(false);
  });

  test('occupation, nationality and dates are attributes', () => {
    const { entities } = extract(
      'Colin Archer, a Norwegian shipbuilder, was born in Larvik on 22 July 1832. He died in Larvik in 1921.',
    );
    const archer = entities.find(({ name }) => name === 'Colin Archer');
    expect(archer?.description).toBe('A Norwegian shipbuilder.');
    expect(archer?.attributes?.map(({ key, value }) => `${key}=${value}`)).toEqual([
      'birth_date=1832-07-22',
      'death_date=1921',
      'occupation=shipbuilder',
      'nationality=Norwegian',
    ]);
  });
});
