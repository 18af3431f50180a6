/**
 * The one door for text that goes through a shell on a node (promise S7):
 * inside single quotes POSIX sh takes every byte literally, so only the quote itself needs care.
 * No login shell reads it, which might take backslashes in it for something else: see boot.ts.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('a NUL byte cannot be sent through a shell');
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** Several words, each quoted, with a blank between. */
export function quoteAll(words: readonly string[]): string {
  return words.map(quote).join(' ');
}
