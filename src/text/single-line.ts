/** Any text as one line. */

/** A text shown in argv: one line, bounded, without control characters. */
export function singleLine(text: string, charsMax: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced here
  const clean = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return clean.length > charsMax ? `${clean.slice(0, charsMax - 1)}…` : clean;
}
