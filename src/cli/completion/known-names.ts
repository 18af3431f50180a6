/** The hosts and groups that completion offers. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { readGroups } from '../../run/start/groups.ts';

/**
 * Names that known_hosts has in clear, and the aliases of ~/.ssh/config. Only names of plain characters, since the
 * completion of bash evaluates what it gets.
 */
export function knownNames(): string[] {
  const texts = [`${homedir()}/.ssh/known_hosts`, '/etc/ssh/ssh_known_hosts'].map(textOf);
  const names = texts.flatMap((text) => [...text.matchAll(/^(?:@[a-z-]+ )?(\S+) /gm)]);
  const config = textOf(`${homedir()}/.ssh/config`).matchAll(/^[ \t]*Host[ \t=]+(.*)$/gim);
  const aliases = [...config].flatMap(([, patterns = '']) => patterns.split(/\s+/));
  return [...new Set([...names.flatMap(([, list = '']) => list.split(',')), ...aliases])]
    .map((name) => name.replace(/^\[([^\]]*)\](:\d+)$/, '$1$2'))
    .filter((name) => /^[\w.:-]+$/.test(name))
    .sort();
}

/** `@web` and `@dc=east` from the files of groups; none if one of them has a mistake: a run reports it. */
export async function knownGroups(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const catalogues = await readGroups(environment).catch(() => []);
  const names = catalogues.flatMap(({ groups, labels }) => [
    ...[...groups.keys()].map((group) => `@${group}`),
    ...[...labels].flatMap(([label, values]) => [...values.keys()].map((value) => `@${label}=${value}`)),
  ]);
  return names.length === 0 ? [] : [...new Set([...names, '@all'])].sort();
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
