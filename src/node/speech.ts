/** Small forms that everything sent to a node shares. */

/** A text of any lines as one line: the texts on the node turn `\n` and `\\` back. */
export function encodeLine(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
