/** Small forms that everything sent to a node shares. */

/** A text of any lines as one line: the texts on the node turn `\n` and `\\` back. */
export function encodeLine(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** The prefix for `-x`: never asks for a password, keeps the environment, sets HOME. */
export function asRoot(sudo: boolean): string {
  return sudo ? 'sudo -n -E -H ' : '';
}
