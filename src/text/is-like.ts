/** Whether a name is like a pattern with `*` and `?`, as in ssh_config, in any case; the last star alone ever takes more, so that the cost is at most both lengths multiplied. */
export function isLike(written: string, given: string): boolean {
  const [pattern, name] = [written.toLowerCase(), given.toLowerCase()];
  let [at, taken] = [0, 0];
  let star: { readonly at: number; taken: number } | undefined;
  while (taken < name.length) {
    if (pattern[at] === '*') {
      star = { at, taken };
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === name[taken]) {
      at += 1;
      taken += 1;
    } else if (star !== undefined) {
      star.taken += 1;
      [at, taken] = [star.at + 1, star.taken];
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
