/** The hosts that completion offers. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';

/** Those that known_hosts has in clear. Only names of plain characters, since completion of bash evaluates what it is given. */
export function knownNames(): string[] {
  const texts = [`${homedir()}/.ssh/known_hosts`, '/etc/ssh/ssh_known_hosts'].map(textOf);
  const names = texts.flatMap((text) => [...text.matchAll(/^(?:@[a-z-]+ )?(\S+) /gm)]);
  return [...new Set(names.flatMap(([, list = '']) => list.split(',')))]
    .map((name) => name.replace(/^\[([^\]]*)\](:\d+)$/, '$1$2'))
    .filter((name) => /^[\w.:-]+$/.test(name))
    .sort();
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
