/**
 * What ssh_config says of a name, for a hint only: lockstep does not read it to connect. Pure.
 * Knows `Host` lines with patterns, and of each keyword the first value counts; `Match` and `Include` are passed over.
 */
import { isLike } from '../text/is-like.ts';

export interface Alias {
  readonly hostName: string | undefined;
  readonly user: string | undefined;
  readonly port: string | undefined;
  readonly key: string | undefined;
  readonly jump: string | undefined;
}

/** Undefined where no `Host` line names it by more than `*`. */
export function findAlias(config: string, name: string): Alias | undefined {
  const values = new Map<string, string>();
  let isNamed = false;
  let applies = false;
  for (const line of config.split('\n')) {
    const [, keyword = '', value = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
    switch (keyword.toLowerCase()) {
      case '':
        break;
      case 'match':
        applies = false;
        break;
      case 'host':
        applies = matches(value, name);
        if (applies && !/^[*"\s]*$/.test(value)) isNamed = true;
        break;
      default:
        if (applies && !values.has(keyword.toLowerCase())) values.set(keyword.toLowerCase(), unquoted(value));
    }
  }
  if (!isNamed) return undefined;
  const alias = {
    hostName: values.get('hostname')?.replaceAll('%h', name),
    user: values.get('user'),
    port: values.get('port'),
    key: values.get('identityfile'),
    jump: values.get('proxyjump') ?? values.get('proxycommand'),
  };
  return Object.values(alias).some((value) => value !== undefined) ? alias : undefined;
}

/** `web* !web9`: one pattern must match, and none that is negated. */
function matches(patterns: string, name: string): boolean {
  const words = patterns.split(/[\s"]+/).filter((word) => word !== '');
  const isNegated = words.some((word) => word.startsWith('!') && isLike(word.slice(1), name));
  return !isNegated && words.some((word) => !word.startsWith('!') && isLike(word, name));
}

function unquoted(value: string): string {
  return value.replace(/^"(.*)"$/, '$1');
}
