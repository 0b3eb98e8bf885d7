/** A passage of a page as it is put before a model. */
export interface Passage {
  /** What an answer calls it by: `3`, or `1.3` for the third of the first entity of a pair. */
  label: string;
  /** Of its page. */
  title: string;
  text: string;
}

/** One of two entities that may be one. */
export interface PairedEntity {
  name: string;
  type: string;
  aliases: string[];
  /** `height = 1.80 m` */
  attributes: string[];
  description: string;
  /** `member_of Slate Guild`; `Ada Brook founded` where the entity is the object. */
  relations: string[];
  passages: Passage[];
}

/** What the messages of an enrichment say about an entity: its name and its type, then the passages. */
export function bundleContent(entity: { name: string; type: string }, passages: readonly Passage[]): string {
  return [`Entity: ${nameLine(entity)}`, ...passages.map(passageText)].join('\n\n');
}

/** What {@link bundleContent} made; undefined if it was not made there. */
export function readBundle(
  content: string,
): { entity: { name: string; type: string }; passages: Passage[] } | undefined {
  const [head = '', ...rest] = content.split('\n\n');
  const entity = readNameLine(/^Entity: (.*)$/s.exec(head)?.[1]);
  return entity && { entity, passages: readPassages(rest.join('\n\n')) };
}

/** What the messages of a dedupe say about the two entities. */
export function pairContent(pair: readonly [PairedEntity, PairedEntity]): string {
  return pair
    .map((entity, at) => {
      const lines = [
        `Entity ${at + 1}: ${nameLine(entity)}`,
        ...line('Other names', entity.aliases.map(oneLine).join('; ')),
        ...line('Attributes', entity.attributes.map(oneLine).join('; ')),
        ...line('Description', oneLine(entity.description)),
        ...line('Related', entity.relations.map(oneLine).join('; ')),
      ];
      return [lines.join('\n'), ...entity.passages.map(passageText)].join('\n\n');
    })
    .join('\n\n');
}

/** What {@link pairContent} made; undefined if it was not made there. A `;` within a name is taken for its end. */
export function readPair(content: string): [PairedEntity, PairedEntity] | undefined {
  const at = content.indexOf('\n\nEntity 2: ');
  const first = at < 0 ? undefined : readPaired(content.slice(0, at));
  const second = at < 0 ? undefined : readPaired(content.slice(at + 2));
  return first && second ? [first, second] : undefined;
}

function readPaired(part: string): PairedEntity | undefined {
  const [head = '', ...rest] = part.split('\n\n');
  const entity = readNameLine(/^Entity [12]: (.*)$/m.exec(head)?.[1]);
  if (!entity) return undefined;
  const said = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(head)?.[1] ?? '';
  const listed = (name: string) =>
    said(name)
      .split('; ')
      .filter((each) => each !== '');
  return {
    ...entity,
    aliases: listed('Other names'),
    attributes: listed('Attributes'),
    description: said('Description'),
    relations: listed('Related'),
    passages: readPassages(rest.join('\n\n')),
  };
}

/** A passage below the line that names it. */
export function passageText({ label, title, text }: Passage): string {
  return `[${label}] from the page "${oneLine(title).slice(0, longestTitle).toWellFormed()}"\n${text}`;
}

const longestTitle = 200;

const passageHead = /(?:^|\n\n)\[(\d+(?:\.\d+)?)\] from the page "(.*)"\n/g;

function readPassages(text: string): Passage[] {
  const heads = [...text.matchAll(passageHead)];
  return heads.map((head, at) => ({
    label: head[1] ?? '',
    title: head[2] ?? '',
    text: text.slice(head.index + head[0].length, heads[at + 1]?.index ?? text.length),
  }));
}

function nameLine({ name, type }: { name: string; type: string }): string {
  return `${oneLine(name)} (${oneLine(type)})`;
}

function readNameLine(line: string | undefined): { name: string; type: string } | undefined {
  const found = /^(.*) \((.*)\)$/s.exec(line ?? '');
  return found ? { name: found[1] ?? '', type: found[2] ?? '' } : undefined;
}

function line(name: string, text: string): string[] {
  return text === '' ? [] : [`${name}: ${text}`];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
