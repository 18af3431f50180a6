/** Patterns of ssh_config(5): `*` and `?`, and lists of them, in which a negated one that matches decides. */
import { isLike } from '../../core/is-like.ts';

export type Pattern = (text: string) => boolean;

/** A prefix test comes first: most hosts differ before the first wildcard, and each host meets every pattern of a file. */
export function compilePattern(pattern: string): Pattern {
  const wildcard = pattern.search(/[*?]/);
  if (wildcard < 0) return (text) => text === pattern;
  const before = pattern.slice(0, wildcard);
  const behind = pattern.slice(wildcard + 1);
  const isOneStar = pattern[wildcard] === '*' && !/[*?]/.test(behind);
  if (!isOneStar) return (text) => text.startsWith(before) && isLike(pattern, text);
  const lengthMin = before.length + behind.length;
  return (text) => text.length >= lengthMin && text.startsWith(before) && text.endsWith(behind);
}

/** Returns whether one pattern of a comma-separated list matches, and no negated one does. */
export function compileList(list: string): Pattern {
  const parts = list.split(',').map((part) => {
    const isNegated = part.startsWith('!');
    return { isNegated, matches: compilePattern(isNegated ? part.slice(1) : part) };
  });
  return (text) => {
    let isMatch = false;
    for (const { isNegated, matches } of parts) {
      if (!matches(text)) continue;
      if (isNegated) return false;
      isMatch = true;
    }
    return isMatch;
  };
}
