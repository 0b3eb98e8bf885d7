import { parseHTML } from 'linkedom';

export const elementNode = 1;
export const textNode = 3;

/** As much of the DOM as reading a page takes. */
export interface DomNode {
  nodeType: number;
  /** Lower case; undefined for text. */
  localName?: string;
  textContent: string | null;
  parentNode: DomNode | null;
  firstChild: DomNode | null;
  nextSibling: DomNode | null;
  append(...nodes: DomNode[]): void;
  remove(): void;
}

export interface DomDocument extends DomNode {
  documentElement: DomNode | null;
  createElement(name: string): DomNode;
  querySelector(selector: string): DomNode | null;
  querySelectorAll(selector: string): Iterable<DomNode>;
}

export interface HtmlDocument {
  document: DomDocument;
  body: DomNode;
  /** How deep the elements nest. */
  depth: number;
}

/** Parses any text as HTML: fragments and pages that leave out html, head or body get them. Never throws for bad markup. */
export function parseHtml(html: string): HtmlDocument {
  const given: DomDocument = parseHTML(html).document;
  const document: DomDocument =
    given.documentElement?.localName === 'html'
      ? given
      : parseHTML(`<!doctype html><html><head></head><body>${html}</body></html>`).document;
  const body = document.querySelector('html > body') ?? bodyMadeUp(document);
  const stray = document.documentElement ? [...followers(document.documentElement)] : [];
  body.append(...stray.filter((node) => node.nodeType === elementNode || node.nodeType === textNode));
  joinTexts(body);
  return { document, body, depth: depthOf(body) };
}

/** `<html><head>...</head>text` has no body element: everything but the head goes into one. */
function bodyMadeUp(document: DomDocument): DomNode {
  const body = document.createElement('body');
  const first = document.documentElement?.firstChild;
  const children = first ? [first, ...followers(first)].filter((child) => child.localName !== 'head') : [];
  for (const child of children) body.append(child);
  document.documentElement?.append(body);
  return body;
}

function* followers(node: DomNode): Generator<DomNode> {
  for (let next = node.nextSibling; next; next = next.nextSibling) yield next;
}

/** The parser ends a text at every entity; a page of a million of them would be a million nodes. */
function joinTexts(root: DomNode): void {
  let open: { node: DomNode; parts: string[] } | undefined;
  const close = () => {
    if (open && open.parts.length > 1) open.node.textContent = open.parts.join('');
    open = undefined;
  };
  const spare: DomNode[] = [];
  for (const { node, isEnd } of walk(root)) {
    if (node.nodeType !== textNode) close();
    else if (isEnd) continue;
    else if (open) {
      open.parts.push(node.textContent ?? '');
      spare.push(node);
    } else open = { node, parts: [node.textContent ?? ''] };
  }
  close();
  for (const node of spare) node.remove();
}

/** Every node below `root` in the order of the text, with its depth; does not recurse. */
export function* walk(root: DomNode): Generator<{ node: DomNode; depth: number; isEnd: boolean }> {
  let node: DomNode | null = root.firstChild;
  let depth = 1;
  while (node) {
    yield { node, depth, isEnd: false };
    if (node.firstChild) {
      node = node.firstChild;
      depth += 1;
      continue;
    }
    while (node && !node.nextSibling) {
      yield { node, depth, isEnd: true };
      node = node.parentNode;
      depth -= 1;
      if (node === root || !node) return;
    }
    yield { node, depth, isEnd: true };
    node = node.nextSibling;
  }
}

function depthOf(root: DomNode): number {
  let deepest = 0;
  for (const { depth } of walk(root)) deepest = Math.max(deepest, depth);
  return deepest;
}
