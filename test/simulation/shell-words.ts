/** Reads what `quoteAll` wrote: a simulated node does not run the texts, but it takes them as a shell would. */

/** The words behind the text of `exec [sudo ...] sh -c 'TEXT' NAME WORD...`. */
export function shellWords(command: string): string[] {
  // A quote inside of the text is followed by a double one, so this is the text's end.
  const textEnd = command.indexOf("' 'lockstep-");
  if (textEnd < 0) throw new Error('a simulated node runs only what is named lockstep-...');
  const words: string[] = [];
  let at = textEnd + 1;
  while (command[at] === ' ') {
    let word = '';
    at++;
    while (at < command.length && command[at] !== ' ') {
      const quote = command[at] ?? '';
      const end = command.indexOf(quote, at + 1);
      if ((quote !== "'" && quote !== '"') || end < 0) throw new Error('a word that is not quoted');
      word += command.slice(at + 1, end);
      at = end + 1;
    }
    words.push(word);
  }
  return words;
}
