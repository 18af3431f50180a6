/** Small forms that everything sent to a node shares. */

/** A text of any lines as one line: the texts on the node turn `\n` and `\\` back. */
export function encodeLine(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** The prefix for `-x`: never asks for a password, keeps the environment, sets HOME. */
export function asRoot(sudo: boolean): string {
  return sudo ? 'sudo -n -E -H ' : '';
}

/** A text shown in argv: one line, bounded, without control characters. */
export function singleLine(text: string, charsMax: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced here
  const clean = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return clean.length > charsMax ? `${clean.slice(0, charsMax - 1)}…` : clean;
}
