/**
 * Whether a text matches a pattern with `*` and `?`, as ssh_config has them. Only the last star ever takes more, so
 * that the cost is at most the product of both lengths.
 */
export function isLike(pattern: string, text: string): boolean {
  let [at, taken] = [0, 0];
  let star: { readonly at: number; taken: number } | undefined;
  while (taken < text.length) {
    if (pattern[at] === '*') {
      star = { at, taken };
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === text[taken]) {
      at += 1;
      taken += 1;
    } else if (star !== undefined) {
      star.taken += 1;
      [at, taken] = [star.at + 1, star.taken];
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
