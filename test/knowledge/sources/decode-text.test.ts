import { describe, expect, test } from 'vitest';
import { decodeText } from '../../../src/knowledge/sources/decode-text.ts';

const plain = { isHtml: false };
const html = { isHtml: true };
const utf16 = (text: string, mark = '\ufeff') => Buffer.from(mark + text, 'utf16le');

describe('the charset of a document', () => {
  test.each([
    ['UTF-8', Buffer.from('Łódź, naïve, 東京'), plain, 'Łódź, naïve, 東京', 'utf-8'],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffŁódź'), plain, 'Łódź', 'utf-8'],
    ['UTF-16 little-endian', utf16('Łódź 👩‍🚀'), plain, 'Łódź 👩‍🚀', 'utf-16le'],
    ['UTF-16 big-endian', utf16('Łódź').swap16(), plain, 'Łódź', 'utf-16be'],
    [
      'what HTTP declares',
      Buffer.from('caf\u00e9', 'latin1'),
      { ...plain, charset: 'ISO-8859-1' },
      'café',
      'windows-1252',
    ],
    [
      'what HTTP declares, of Japanese',
      Buffer.from([0x93, 0x8c, 0x8b, 0x9e]),
      { ...html, charset: 'shift_jis' },
      '東京',
      'shift_jis',
    ],
    ['a mark before what HTTP declares', Buffer.from('\ufeffŁ'), { ...plain, charset: 'iso-8859-2' }, 'Ł', 'utf-8'],
  ])('%s', (_, bytes, about, text, charset) => {
    expect(decodeText(bytes, about)).toEqual({ text, charset });
  });

  test.each([
    ['meta charset', '<html><head><meta charset="iso-8859-15">'],
    ['its http-equiv form', '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-15">'],
    ['the XML declaration', '<?xml version="1.0" encoding="iso-8859-15"?><html>'],
  ])('HTML declares it itself: %s', (_, head) => {
    const decoded = decodeText(Buffer.concat([Buffer.from(head), Buffer.from([0xa4])]), html);
    expect(decoded).toEqual({ text: `${head}€`, charset: 'iso-8859-15' });
  });

  test('HTML that is no UTF-8 and declares nothing is Windows-1252, a plain text is refused', () => {
    const bytes = Buffer.from('caf\u00e9 \u0093quoted\u0094', 'latin1');
    expect(decodeText(bytes, html)).toEqual({ text: 'café “quoted”', charset: 'windows-1252' });
    expect(decodeText(bytes, plain)).toMatchObject({ reason: expect.stringContaining('it is not UTF-8; convert it') });
  });

  test('HTML that claims to be UTF-16 in letters of one byte is UTF-8', () => {
    expect(decodeText(Buffer.from('<meta charset="utf-16">ł'), html)).toMatchObject({ charset: 'utf-8' });
  });

  test('a page that was cut in a character is repaired, one in another charset than declared is not', () => {
    const cut = Buffer.concat([Buffer.from(`<meta charset="utf-8">${'word '.repeat(200)}`), Buffer.from([0xc5])]);
    expect(decodeText(cut, html)).toMatchObject({ text: expect.stringContaining('\ufffd') });
    const other = Buffer.from(`<meta charset="utf-8">${'\u00e9\u00e8\u00e0'.repeat(50)}`, 'latin1');
    expect(decodeText(other, html)).toMatchObject({ reason: expect.stringContaining('UTF-8') });
  });

  test('a replacement character that the author wrote is text, a lone surrogate of UTF-16 becomes one', () => {
    expect(decodeText(Buffer.from('a \ufffd b'), plain)).toMatchObject({ text: 'a \ufffd b' });
    expect(decodeText(utf16(`a \ud800 b${' '.repeat(300)}`), plain)).toMatchObject({
      text: expect.stringContaining('a \ufffd b'),
    });
  });
});

describe('what is no text is refused with its name', () => {
  test.each([
    ['nothing', Buffer.alloc(0), 'it is empty'],
    ['a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), 'it is binary, not text'],
    [
      'a PDF',
      Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.from([0xe2, 0xe3, 0xcf])]),
      'it is a PDF document, not text',
    ],
    [
      'an office document',
      Buffer.from('PK\u0003\u0004\u0000\u0000'),
      'it is a ZIP archive or office document, not text',
    ],
    [
      'UTF-32',
      Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]),
      'it is UTF-32; convert it, for example with iconv -t UTF-8',
    ],
  ])('%s', (_, bytes, reason) => {
    expect(decodeText(bytes, plain)).toEqual({ reason });
  });

  test('an unknown charset is named', () => {
    expect(decodeText(Buffer.from('a'), { ...plain, charset: 'klingon-1' })).toMatchObject({
      reason: expect.stringContaining('"klingon-1" is unknown'),
    });
  });
});
