import { describe, expect, test } from 'vitest';
import { knowledge, linesOf } from './knowledge-lines.ts';

function answered(content: string, title: string): string[] {
  const answer = knowledge(content, title);
  return [...answer.entities.map(({ name }) => `entity: ${name}`), ...linesOf(answer)];
}

/** A title, a text, lines that have to be found, lines that must not be. */
type Example = [title: string, content: string, found: string[], absent?: string[]];

function check(examples: readonly Example[]): void {
  test.each(examples)('%s: %s', (title, content, found, absent = []) => {
    const lines = answered(content, title);
    for (const line of found) expect(lines).toContain(line);
    for (const line of absent) expect(lines).not.toContain(line);
  });
}

describe('times', () => {
  check([
    [
      'Anna Bell',
      'Anna Bell lived in Oslo from November to March 1916. She worked at Ardmoor University between 4 May and 6 June 1920.',
      [
        'relation: Anna Bell lived_in Oslo 1915-11..1916-03',
        'relation: Anna Bell worked_at Ardmoor University 1920-05-04..1920-06-06',
      ],
    ],
    [
      'Anna Bell',
      'Anna Bell, born in 271 KR, joined the Glim Guild in 290 KR.',
      ['fact: Anna Bell birth_date 271 KR', 'relation: Anna Bell joined Glim Guild 290 KR'],
    ],
    [
      'Anna Bell',
      'Anna Bell lived in 12 EU countries. She worked at Dorn Ltd from 9 AM to 5 PM.',
      [],
      ['entity: EU countries'],
    ],
    [
      '',
      'The Treaty of Ardmoor, signed on 7 June 1494 at Ardmoor in Norway, ended the war. On 2 May 1511 Norway signed the Treaty of Glim.',
      ['event: Treaty of Ardmoor (treaty) 1494-06-07 Ardmoor', 'event: Treaty of Glim (treaty) 1511-05-02'],
    ],
  ]);
});

describe('who a second verb speaks of', () => {
  check([
    [
      'The Glass Hill (film)',
      '*The Glass Hill* is a film directed by Anna Bell and written by Carl Dorn.',
      ['relation: Anna Bell directed The Glass Hill', 'relation: Carl Dorn wrote The Glass Hill'],
    ],
    [
      'Low Tide',
      '*Low Tide* is the first album by the band The Glim, released on 3 May 1990 by Dorn Records.',
      ['relation: Dorn Records released Low Tide 1990-05-03'],
      ['relation: Dorn Records released The Glim 1990-05-03'],
    ],
    [
      'SS Swift',
      'SS *Swift* was a steamer. She was built by Bell & Sons at Ardmoor, launched on 11 March 1902 and scrapped in 1930.',
      ['fact: Swift launch_date 1902-03-11'],
    ],
    [
      'Anna Bell',
      'In 1988 Anna Bell became the first woman in Norway to receive the Dorn Prize.',
      ['relation: Anna Bell received Dorn Prize 1988'],
    ],
    ['Anna Bell', 'Anna Bell had by then left Dorn Records.', ['relation: Anna Bell left Dorn Records']],
    [
      '',
      'Norway ratified the Treaty of Ardmoor on 2 July 1494 and Sweden on 5 September 1494.',
      [
        'relation: Norway ratified Treaty of Ardmoor 1494-07-02',
        'relation: Sweden ratified Treaty of Ardmoor 1494-09-05',
      ],
      ['relation: Norway ratified Sweden 1494-09-05'],
    ],
    [
      '',
      'The poet Carl Dorn wrote "Glim" with Anna Bell.',
      ['relation: Carl Dorn wrote Glim', 'relation: Anna Bell wrote Glim'],
    ],
  ]);
});

describe('works', () => {
  check([
    [
      'The Glass Hill (film)',
      '*The Glass Hill* is a 2008 film. The story is set in Oslo in 1929. The music was composed by Anna Bell. A sequel, *The Iron Hill*, followed in 2012.',
      [
        'relation: The Glass Hill set_in Oslo 1929',
        'relation: Anna Bell composed The Glass Hill',
        'relation: The Iron Hill followed The Glass Hill 2012',
      ],
    ],
    [
      'Carl Dorn',
      'Carl Dorn was a Norwegian novelist. He returned to the harbour in *The Pier* (1951) and the Glim Trilogy, made up of *Snow* (1956), *Ice* (1957) and *Thaw* (1959).',
      [
        'relation: Carl Dorn wrote The Pier',
        'relation: Snow part_of Glim Trilogy',
        'relation: Thaw part_of Glim Trilogy',
      ],
    ],
    [
      'Low Tide',
      '*Low Tide* is an album by The Glim. It was recorded in 1990.\n\n1. "Open Water" – 4:12\n2. "Harbour Lights" – 3:48\n\nThe album reached number 2 in Norway and number 41 in Sweden.',
      ['fact: Open Water duration 4:12', 'fact: Low Tide chart_position 2', 'fact: Low Tide chart_position 41'],
    ],
    [
      '',
      'The film was produced by Harbour Film. Anna Bell won the Silver Fox for Best Actress.',
      ['entity: Harbour Film', 'entity: Silver Fox for Best Actress'],
      ['work: Harbour Film (film)'],
    ],
  ]);
});

describe('places, rulers and bodies', () => {
  check([
    [
      'Ardmoor',
      'Ardmoor is a town on the river Glim. King Otto III of Norway took the town in 1040. In the First World War Ardmoor was empty. Salonika in the Second World War was not.',
      [
        'relation: King Otto III ruled Norway',
        'relation: King Otto III captured Ardmoor 1040',
        'entity: Second World War',
      ],
      ['entity: Salonika in the Second World War'],
    ],
    [
      'Ardmoor',
      'Ardmoor is a town in Norway. Ardmoor is first mentioned in 1030. It was held by Hassan al-Bashar.',
      ['fact: Ardmoor first_mentioned 1030', 'entity: Hassan al-Bashar'],
    ],
    [
      'Ardmoor University',
      'Ardmoor University is in Norway. Among its professors were the astronomer Carl Dorn, director of the Glim Observatory, and the chemist Anna Bell.',
      ['relation: Carl Dorn professor_of Ardmoor University', 'relation: Anna Bell professor_of Ardmoor University'],
    ],
    [
      '',
      'The Glim League was founded in 1188; Port Elling was a member from 1201 to 1312.',
      ['relation: Port Elling member_of Glim League 1201..1312', 'location: Port Elling (port)'],
    ],
    ['', 'They recorded it at Silo Studio on the island of Senja.', ['relation: Silo Studio located_in Senja']],
    [
      'Anna Bell',
      'Anna Bell read chemistry at Ardmoor University. Queen Maud liked her. Bell served the queen as a page.',
      ['relation: Anna Bell studied_at Ardmoor University', 'relation: Anna Bell served Queen Maud'],
    ],
    [
      'SS Swift',
      'SS *Swift* was a steamer. Her length was 118 metres, her tonnage 5,340 and her speed 15 knots.',
      ['fact: Swift length 118 metres', 'fact: Swift tonnage 5,340', 'fact: Swift speed 15 knots'],
      ['fact: Swift length 5,340', 'fact: Swift length 15 knots'],
    ],
  ]);
});
