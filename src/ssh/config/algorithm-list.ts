/** A list of algorithms in ssh_config: all of it, or a change to the default (`+`, `-`, `^`). Pure. */
import { compilePattern } from './pattern.ts';

/** Leaves out names that are not in `known`. */
export function changeList(
  written: string,
  defaults: readonly string[],
  known: readonly string[],
): readonly string[] {
  const sign = /^[+^-]/.exec(written)?.[0];
  const named = written
    .slice(sign === undefined ? 0 : 1)
    .split(',')
    .map(compilePattern);
  if (sign === '-') return defaults.filter((name) => !named.some((matches) => matches(name)));
  const meant = named.flatMap((matches) => known.filter(matches));
  const all = sign === '+' ? [...defaults, ...meant] : sign === '^' ? [...meant, ...defaults] : meant;
  return [...new Set(all)];
}
