/** How far the JSON object at some place of a text goes. */
export interface ObjectScan {
  /** One past its closing brace; undefined if the text ends before, or brackets do not match or nest too deep. */
  end: number | undefined;
  is_mismatched: boolean;
  /** The text ends within a string: there is a cut, or a stray quotation mark before it. */
  in_string: boolean;
  /** The object as far as it is whole, closed: without the property, or the item of a named array, that was cut. */
  whole: string;
}

const deepest = 1000;

/**
 * Scans the object whose brace stands at `start`, by brackets and strings only; what lies between them is for
 * JSON.parse to judge. `arrays` are the root properties of which single items can be kept. Linear in the text.
 */
export function scanObject(text: string, start: number, arrays: readonly string[]): ObjectScan {
  const closers: string[] = [];
  let key = '';
  let isValue = false;
  let inArray = false;
  let whole = start + 1;
  const result = (rest: Partial<ObjectScan>): ObjectScan => ({
    end: undefined,
    is_mismatched: false,
    in_string: false,
    whole: text.slice(start, whole) + (inArray ? ']}' : '}'),
    ...rest,
  });
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    const isRoot = closers.length === 1;
    const completes = (isRoot && isValue) || (closers.length === 2 && inArray);
    if (char === '"') {
      const end = endOfString(text, at);
      if (end === undefined) return result({ in_string: true });
      if (isRoot && !isValue) key = text.slice(at + 1, end - 1);
      if (completes) whole = end;
      at = end - 1;
    } else if (char === '{' || char === '[') {
      if (isRoot && isValue && char === '[' && arrays.includes(key)) {
        inArray = true;
        whole = at + 1;
      }
      closers.push(char === '{' ? '}' : ']');
      if (closers.length > deepest) return result({ is_mismatched: true });
    } else if (char === '}' || char === ']') {
      if (closers.pop() !== char) return result({ is_mismatched: true });
      if (closers.length === 0) return result({ end: at + 1, whole: text.slice(start, at + 1) });
      if (closers.length === 1) inArray = false;
      if (closers.length === 1 || (closers.length === 2 && inArray)) whole = at + 1;
    } else if (char === ',') {
      if (completes) whole = at;
      if (isRoot) isValue = false;
    } else if (char === ':' && isRoot) {
      isValue = true;
    }
  }
  return result({});
}

/** One past the closing quotation mark of the string that opens at `start`. */
function endOfString(text: string, start: number): number | undefined {
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return undefined;
    let escapes = quote;
    while (text[escapes - 1] === '\\') escapes -= 1;
    if ((quote - escapes) % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}
