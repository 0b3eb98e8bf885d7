// Control characters, what turns the direction of text, and the two that ink.ts marks quotes with: a page may not steer
// the terminal that it is shown on.
const steering = /(?![\n\t])\p{Cc}|\p{Bidi_Control}|[\ue000\ue001]/gu;

/** A text as it may be shown on a terminal: control characters and bidirectional overrides as U+FFFD, lines kept. */
export function visible(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(steering, '\ufffd');
}

/** The same on one line. */
export function visibleLine(text: string): string {
  return visible(text.replaceAll(/\s+/g, ' '));
}
