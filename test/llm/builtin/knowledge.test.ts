import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { findContract } from '../../../src/contracts/registry.ts';
import { validateAnswer } from '../../../src/contracts/validate.ts';
import { answerFor } from '../../../src/llm/builtin/answers.ts';
import { completionFor } from '../../../src/llm/builtin/chat-completion.ts';
import { extractionMessages, gleaningMessages } from '../../../src/llm/messages.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { knowledge, linesOf } from './knowledge-lines.ts';

/** A title, a text, lines that have to be found. */
const examples: [string, string, string[]][] = [
  [
    'Battle of Ardmoor',
    'The Battle of Ardmoor was fought on 3 May 1644 near Ardmoor. The royal army under Sir John Bell lost 300 men. At the Battle of Ardmoor Anna Dorn commanded the *Swift*.',
    ['event: Battle of Ardmoor (battle) 1644-05-03 Ardmoor', 'participant: John Bell, commander in Battle of Ardmoor'],
  ],
  [
    'Congress of Ardmoor',
    'The Congress of Ardmoor met from May 1814 to June 1815. Its chairman was the foreign minister, Carl Dorn. Anna Bell was secretary of the congress.',
    [
      'event: Congress of Ardmoor (congress) 1814-05..1815-06',
      'participant: Carl Dorn, chairman in Congress of Ardmoor',
      'participant: Anna Bell, secretary in Congress of Ardmoor',
    ],
  ],
  ['', 'The Treaty of Ardmoor of 22 April 1529 ended the war.', ['event: Treaty of Ardmoor (treaty) 1529-04-22']],
  ['', 'The Winter Olympics in Oslo in February 1952 were cold.', ['event: Winter Olympics (games) 1952-02 Oslo']],
  [
    '',
    'Her novel *The Glass Hill* (1961) won the Dorn Prize. Anna Bell starred in *The Tenth Door*.',
    ['work: The Glass Hill (novel) 1961', 'appearance: Anna Bell, actor in The Tenth Door'],
  ],
  [
    'The Glass Hill',
    '*The Glass Hill* (1961) is a novel by Anna Bell. The narrator, Carl Dorn, returns to the village of Ardmoor and hides Peter Marsh. Bell wrote the book in Trieste.',
    [
      'work: The Glass Hill (novel) 1961',
      'appearance: Carl Dorn, narrator in The Glass Hill',
      'appearance: Peter Marsh, character in The Glass Hill',
      'relation: Anna Bell wrote The Glass Hill',
    ],
  ],
  [
    'The Glass Hill (film)',
    '*The Glass Hill* is a 2008 drama film directed by Anna Bell.\n\nCast:\n\n- Clara Dietz as Hanne Voss\n- Peter Marsh as Carl Dorn',
    [
      'work: The Glass Hill (film) 2008',
      'appearance: Clara Dietz, actor in The Glass Hill',
      'appearance: Hanne Voss, character in The Glass Hill',
      'relation: Clara Dietz played Hanne Voss',
    ],
  ],
  ['', 'He lives in Paris, France.', ['location: Paris (city) France', 'location: France (country)']],
  [
    '',
    'Ardmoor lies in Norway. The river Glim flows through Ardmoor.',
    ['location: Ardmoor (place) Norway', 'location: Glim (river)'],
  ],
  [
    'Genroku',
    'Genroku is the name of a Japanese era that lasted from 1688 to 1704. It came after Jōkyō. The Victorian era was long, and so were the 1970s.',
    [
      'period: Genroku (era) 1688..1704',
      'period: Jōkyō (period)',
      'period: Victorian era (era)',
      'period: 1970s (decade) 1970..1979',
      'relation: Genroku came_after Jōkyō',
    ],
  ],
  [
    'Catenary',
    'A catenary is the curve in which a chain hangs. The idea behind it was the balance of power. They used the transit method.',
    ['concept: catenary (curve)', 'concept: balance of power (idea)', 'concept: transit method (method)'],
  ],
  [
    'Kvikfoss',
    'Kvikfoss is a Norwegian football club from Oslo. Its rivals are Bodin. Anna Bell, a bass player, joined in 1992 and left in 1995.',
    [
      'tag: football club club',
      'tag: bass player Anna Bell player',
      'relation: Kvikfoss based_in Oslo',
      'relation: Anna Bell member_of Kvikfoss 1992..1995',
    ],
  ],
  [
    'Swift',
    'The *Swift* was a steamer. She was launched on 11 March 1902. Her length was 118 metres, her tonnage 5,340 and her speed 15 knots. She carries 420 passengers and 110 cars. She was sold for 8.4 million dollars.',
    [
      'fact: Swift launch_date 1902-03-11',
      'fact: Swift length 118 metres',
      'fact: Swift tonnage 5,340',
      'fact: Swift speed 15 knots',
      'fact: Swift passenger_capacity 420 passengers',
      'fact: Swift car_capacity 110 cars',
      'fact: Swift price 8.4 million dollars',
    ],
  ],
  [
    '',
    'Anna Bell (2 April 1647 – 13 January 1717) was a painter. Carl Dorn (born 5 May 1990) sings. Peter Marsh died in Rome at the age of 88.',
    [
      'fact: Anna Bell birth_date 1647-04-02',
      'fact: Anna Bell death_date 1717-01-13',
      'fact: Carl Dorn birth_date 1990-05-05',
      'fact: Peter Marsh age_at_death 88',
    ],
  ],
  [
    '',
    'Tartu lies 186 kilometres south-east of Tallinn and has about 97,000 inhabitants. The telescope Kepler had a mirror of 1.4 metres. Severn Industries employs 300 people. Italy lost about 620 men, Austria 38.',
    [
      'fact: Tartu distance 186 kilometres',
      'fact: Tartu population 97,000 inhabitants',
      'fact: Kepler mirror 1.4 metres',
      'fact: Severn Industries number_of_employees 300 people',
      'fact: Italy losses 620 men',
      'fact: Austria losses 38 men',
    ],
  ],
  [
    'The Quiet Hour',
    'The Quiet Hour are a band. Their album *Low Water* sold 310,000 copies.\n\n## Members\n\n- Ilse Brandt – vocals (1994–2003, 2011–present)\n- Tomas Ek – guitar (1994–present)',
    [
      'relation: Ilse Brandt member_of The Quiet Hour 1994..2003',
      'relation: Ilse Brandt member_of The Quiet Hour 2011',
      'relation: Tomas Ek member_of The Quiet Hour 1994',
      'fact: Low Water copies_sold 310,000 copies',
    ],
  ],
  [
    'SS Swift',
    'SS *Swift* was a steamer.\n\n| Years | Name | Owner |\n| --- | --- | --- |\n| 1902–1911 | Swift | Allard Line |\n| 1911–1919 | Sète | Dorn Line |',
    ['relation: Allard Line owner_of Swift 1902..1911', 'relation: Dorn Line owner_of Swift 1911..1919'],
  ],
  [
    '',
    'Severn Industries bought Hollis & Wren in 1921 and owned it until 1958. Anna Bell was director of the Dorn Institute from 1820 to 1839. Carl Dorn, who was its captain from 1996 to 2014, retired.',
    [
      'relation: Severn Industries owned Hollis & Wren 1921..1958',
      'relation: Anna Bell director_of Dorn Institute 1820..1839',
    ],
  ],
  [
    '',
    'They had moved to Rome. Anna Bell married Carl Dorn in 1665. They had two daughters, Johanna Bell and Maria Bell. The return of Napoleon from Elba on 1 March 1815 was a surprise.',
    [
      'relation: Anna Bell parent_of Johanna Bell',
      'relation: Carl Dorn parent_of Maria Bell',
      'relation: Napoleon returned_from Elba 1815-03-01',
    ],
  ],
  [
    'Star Wars',
    'The Falcon is a starship. It appears in every film from *A New Hope* (1977) to *Return of the Jedi* (1983). From *The Ninth Port* onward Greywake was carried by Tam Bell. In the continuity known as Legends, Anna Bell married Peter Marsh.',
    [
      'appearance: Falcon, starship in A New Hope',
      'appearance: Falcon, starship in Return of the Jedi',
      'relation: Tam Bell carried Greywake [The Ninth Port > ]',
      'relation: Anna Bell married Peter Marsh Legends',
    ],
  ],
  ['', 'R2-D2 serves Anakin Skywalker from 22 to 19 BBY.', ['relation: R2-D2 served Anakin Skywalker 22 BBY..19 BBY']],
  ['', 'Severn Industries won the Dorn Prize in 1963 and 1987.', ['relation: Severn Industries won Dorn Prize 1987']],
];

describe('every family is found', () => {
  test.each(examples)('%s: %s', (title, content, lines) => {
    expect(linesOf(knowledge(content, title))).toEqual(expect.arrayContaining(lines));
  });

  test('another script in brackets is another name', () => {
    const { entities } = knowledge('Katsushika Hokusai (葛飾北斎) was a painter. Naguib Mahfouz (نجيب محفوظ) wrote.');
    expect(entities.map(({ aliases }) => aliases)).toEqual([
      expect.arrayContaining(['葛飾北斎']),
      expect.arrayContaining(['نجيب محفوظ']),
    ]);
  });
});

describe('what is not said is not found', () => {
  test.each([
    ['Anna Bell would never weigh 50 kilograms.', 'fact'],
    ['In May they left. The age of reason was over.', 'period: age'],
    ['He came in first and spoke of his method.', 'concept'],
    ['She was born and died. Nobody knows when.', 'fact'],
    ['Anna Bell died for her country at Rome.', 'fact'],
    ['The army under the bridge slept.', 'participant'],
  ])('%s', (content, absent) => {
    expect(linesOf(knowledge(content)).filter((line) => line.startsWith(absent))).toEqual([]);
  });
});

const folders = ['corpus', 'gold'].map((name) => join(packageRoot, 'examples', name));
const pages = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => readFileSync(join(folder, file), 'utf8')),
);
const contracts = ['knowledge_extraction', 'relationship_extraction', 'event_extraction', 'work_extraction'];

/** Quotes that are no slice of the text, names that stand in no list, and what the contracts object to. */
function faultsOf(content: string, title: string): string[] {
  const answer = knowledge(content, title);
  const quotes = Object.values(answer).flatMap((items) => items.map(({ quote }) => quote));
  const names = new Set(answer.entities.map(({ name }) => name));
  const mentioned = [
    ...answer.relationships.flatMap(({ from_entity, to_entity }) => [from_entity, to_entity]),
    ...answer.events.flatMap(({ name, location, participants }) => [
      name,
      location,
      ...participants.map(({ entity }) => entity),
    ]),
    ...answer.works.flatMap(({ name, appearances }) => [name, ...appearances.map(({ entity }) => entity)]),
    ...answer.locations.flatMap(({ name, parent }) => [name, parent]),
    ...answer.facts.map(({ subject }) => subject),
    ...answer.tags.map(({ entity }) => entity),
  ];
  const objections = contracts.flatMap((contract) =>
    validateAnswer(findContract(contract), answerFor(contract, { title, content })).issues.map(
      (issue) => `${contract}: ${JSON.stringify(issue)}`,
    ),
  );
  return [
    ...quotes.filter((quote) => quote === '' || !content.includes(quote)).map((quote) => `not in the text: ${quote}`),
    ...mentioned.filter((name) => name !== null && !names.has(name)).map((name) => `no entity: ${name}`),
    ...objections,
  ];
}

test('on every page of the examples quotes are verbatim, names are listed and answers are valid', () => {
  expect(pages.flatMap((content) => faultsOf(content, /^# (.*)$/m.exec(content)?.[1] ?? ''))).toEqual([]);
});

test('the contracts of one family answer as knowledge_extraction does', () => {
  const content = pages[0] ?? '';
  const all = knowledge(content, 'Abbey Road Studios');
  const items = z.array(z.unknown());
  const one = (contract: string) =>
    z.record(z.string(), items).parse(answerFor(contract, { title: 'Abbey Road Studios', content }));
  expect(one('relationship_extraction').relationships).toHaveLength(all.relationships.length);
  expect(one('event_extraction').events).toHaveLength(all.events.length);
  expect(one('work_extraction').works).toHaveLength(all.works.length);
});

const words = fc.constantFrom(
  ...'Anna Bell Paris the of and in was born died fought "Echoes" *Low* 1911 May 4 12 metres million £ , . ; : ( ) — – who Battle Treaty era method is a its length from to 1990–1995 – | # ## - as captain owner members Members: he it They two daughters won sold for had \n \n\n'
    .split(' ')
    .filter((word) => word !== ''),
);
const prose = fc.array(words, { maxLength: 150 }).map((parts) => parts.join(' '));

describe('on any text', () => {
  test('quotes are verbatim, names are listed and answers are valid', () => {
    fc.assert(
      fc.property(fc.oneof(prose, fc.string({ unit: 'grapheme', maxLength: 600 })), prose, (content, title) => {
        expect(faultsOf(content.toWellFormed(), title.slice(0, 60).replaceAll('\n', ' '))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['a list without end', `# Band\n\nMembers:\n\n${'- Anna Bell, singer (1990–1999)\n'.repeat(15_000)}`],
    [
      'a table without end',
      `# Ship\n\n| Years | Owner |\n| --- | --- |\n${'| 1990–1999 | Allard Line |\n'.repeat(15_000)}`,
    ],
    ['numbers without end', 'It had 12 men and 13 ships of 14 tons, Austria 15, '.repeat(8_000)],
    ['years without end', `Anna Bell won the Cup in 1990${' and 1991'.repeat(30_000)}`],
    ['battles without end', 'At the Battle of Ardmoor Anna Bell defeated Carl Dorn. '.repeat(8_000)],
  ])('time is bounded: %s', (_, content) => {
    expect(faultsOf(content, 'Band')).toEqual([]);
  });
});

test('a gleaning pass finds nothing more', () => {
  const request = { contract_name: 'event_extraction', contract_version: '1.0.0', prompt: '', title: '' };
  const first = extractionMessages({ ...request, content: 'The Battle of Ardmoor was fought in 1644.' });
  const answerTo = (messages: object[]): unknown => {
    const { body } = completionFor(JSON.stringify({ model: 'builtin-rules-1', messages }));
    const shape = z.object({ choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]) });
    return JSON.parse(shape.parse(body).choices[0].message.content);
  };
  const found = answerTo(first);
  expect(found).toMatchObject({ events: [{ name: 'Battle of Ardmoor' }] });
  expect(answerTo(gleaningMessages(first, found))).toEqual({ events: [] });
});
