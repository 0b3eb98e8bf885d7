import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { createHtmlReader } from '../../../src/knowledge/sources/html-reader.ts';
import { htmlText } from '../../../src/knowledge/sources/html-text.ts';

const prose = (name: string) => `<p>${`${name} wrote a letter to her sister, and it was never sent. `.repeat(12)}</p>`;

describe('HTML as a reader sees it', () => {
  test('the article is kept, menus, scripts and comments of the page are not', () => {
    const page = `<!doctype html><html lang="en"><head><title>Letters | The Archive</title>
      <meta name="author" content="Mary Somerville"></head><body>
      <nav><ul><li><a href="/">Home</a></li><li><a href="/all">All letters</a></li></ul></nav>
      <script>track()</script><style>p { color: red }</style>
      <article><h1>The unsent letter</h1>${prose('Ada')}${prose('Mary')}</article>
      <footer>Cookie policy</footer></body></html>`;
    const { title, text, about } = htmlText(page, 'readable');
    expect(title).toContain('Letters');
    expect(text).toContain('Ada wrote a letter');
    expect(text).toContain('Mary wrote a letter');
    for (const gone of ['Home', 'track', 'color', 'Cookie']) expect(text).not.toContain(gone);
    expect(about).toMatchObject({ byline: 'Mary Somerville', lang: 'en' });
  });

  test('nothing stands inside a sentence that the reader does not see', () => {
    const { text } = htmlText(
      '<p>In <em>1833</em> <a href="/ada">Ada <b>Lovelace</b></a> met Charles_Babbage[1] at 5*5 <code>St. James</code>&nbsp;Square<img src="x" alt="pic">, so&shy;oft.</p>',
      'whole',
    );
    expect(text).toBe('In 1833 Ada Lovelace met Charles_Babbage[1] at 5*5 St. James Square, sooft.');
  });

  test('headings, lists, tables, quotations and code keep their shape', () => {
    const { text } = htmlText(
      `<h2>Ships</h2><ul><li>Fram<ul><li>built 1892</li></ul></li><li>Terra Nova<br>a whaler</li></ul>
      <table><thead><tr><th>Name</th><th>Launched</th></tr></thead><tbody><tr><td>Fram</td><td>1892</td></tr><tr><td></td></tr></tbody></table>
      <table><tr><td><p>Laid out</p><p>by a table</p></td><td>beside</td></tr></table>
      <blockquote>She held.</blockquote><pre><code>a  b
  c</code></pre>`,
      'whole',
    );
    expect(text).toBe(
      [
        '## Ships\n',
        '- Fram\n  - built 1892\n- Terra Nova\n  a whaler\n',
        'Name | Launched\nFram | 1892\n',
        'Laid out\n\nby a table\n\nbeside\n',
        '> She held.\n',
        '```\na  b\n  c\n```',
      ].join('\n'),
    );
  });

  test('a list page is read whole on demand, and by itself when there is no article', () => {
    const ships = Array.from({ length: 40 }, (_, n) => `<li><a href="/${n}">Ship ${n}</a></li>`).join('');
    const page = `<html><head><title>List of ships</title></head><body><nav><a href="/">Home</a></nav><ul>${ships}</ul></body></html>`;
    expect(htmlText(page, 'whole').text).toContain('Home');
    for (const mode of ['readable', 'whole'] as const) {
      expect(htmlText(page, mode).text).toContain('- Ship 39');
      expect(htmlText(page, mode).title).toBe('List of ships');
    }
  });

  test.each([
    ['a fragment', '<p>Ada<p>Mary', 'Ada\n\nMary'],
    ['bare text', 'Ada &amp; Mary', 'Ada & Mary'],
    ['no body', '<!DOCTYPE html><html><head><title>t</title></head><p>Ada', 'Ada'],
    ['no html', '<title>t</title><p>Ada', 'Ada'],
    ['stray ends', '<html><body><p>Ada</p></body></html><p>Mary</p>', 'Ada\n\nMary'],
    ['XHTML', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>Ada</p></body></html>', 'Ada'],
    ['comments around', '<!-- a --><html><body><p>Ada</p></body></html><!-- b -->', 'Ada'],
    ['hidden parts', '<p>Ada</p><div hidden>Nobody</div><template><p>No</p></template>', 'Ada'],
    ['nothing', '', ''],
  ])('%s', (_, html, text) => {
    expect(htmlText(html, 'whole').text).toBe(text);
    expect(htmlText(html, 'readable').text).toBe(text);
  });

  test('the title comes from the document, else from its first heading', () => {
    expect(htmlText('<title>  A \n title </title><p>x', 'whole').title).toBe('A title');
    expect(htmlText('<h1>The <i>heading</i></h1><p>x', 'whole').title).toBe('The heading');
  });
});

describe('markup gone wrong', () => {
  test('markup nested deeper than any browser goes becomes its text alone', () => {
    const { text } = htmlText(
      `${'<div>'.repeat(3_000)}Ada <b>Lovelace</b><script>no</script>${'</div>'.repeat(3_000)}<p>Mary`,
      'readable',
    );
    expect(text).toBe('Ada Lovelace\nMary');
  });

  test('a million entities, brackets or blanks take seconds at most', () => {
    for (const part of ['&amp;', '<', ' ', '<br>', 'a\u00a0']) {
      expect(htmlText(`<body><p>Ada</p><pre>${part.repeat(50_000)}</pre><p>Mary`, 'readable').text).toContain('Ada');
    }
  });

  test('any soup of tags and text is read without an error, and reading twice is the same', () => {
    const tag = fc.constantFrom(
      'div',
      'p',
      'table',
      'tr',
      'td',
      'ul',
      'li',
      'b',
      'script',
      'title',
      'head',
      'body',
      'html',
      'pre',
      'br',
      'svg',
    );
    const piece = fc.oneof(
      tag.map((name) => `<${name}>`),
      tag.map((name) => `</${name}>`),
      fc.constantFrom('<!--', '-->', '<![CDATA[', '<!doctype html>', '&#0;', '&lt', '<', '>', '"', '<p class="'),
      fc.string({ unit: 'binary', maxLength: 10 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (parts) => {
        const html = parts.join('');
        for (const mode of ['readable', 'whole'] as const) {
          expect(htmlText(html, mode)).toEqual(htmlText(html, mode));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the reader in threads', () => {
  const reader = createHtmlReader();
  afterAll(() => reader.close());

  test('reads like the function', async () => {
    const html = `<title>Ada</title>${prose('Ada')}`;
    expect(await reader.read(html, 'readable')).toEqual(htmlText(html, 'readable'));
  });

  test('markup that takes too long costs its page alone', async () => {
    const impatient = createHtmlReader(1);
    await expect(impatient.read('<div>'.repeat(20_000), 'readable')).rejects.toThrow('took more than 0.001 s');
    await impatient.close();
  });

  test('markup that takes too long in every thread costs no page that waits behind it', async () => {
    const impatient = createHtmlReader(3_000);
    await impatient.read('<p>One', 'whole');
    const endless = '<div><p>'.repeat(400_000);
    const read = [endless, endless, '<p>Two', '<p>Three'].map((html) => impatient.read(html, 'readable'));
    expect((await Promise.allSettled(read)).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    await impatient.close();
  });
});
