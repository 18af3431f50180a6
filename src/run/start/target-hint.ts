/** A hint for targets that could not be reached, where this machine knows what may have been meant. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Node } from '../../core/node.ts';
import { readSmallFile } from '../../ssh/read-file.ts';
import { type Alias, findAlias } from '../../targets/ssh-config-alias.ts';
import { quoteInput } from '../../text/quote-input.ts';

/** Of the first failure that has one. `home`: where ~/.ssh/config is looked for. Never rejects. */
export async function targetHint(
  failures: readonly LockstepError[],
  home: string | undefined,
): Promise<string | undefined> {
  const failed = failures.filter(({ code }) => code === 'unreachable' || code === 'auth');
  const nodes = failed.flatMap(({ node }) => (node === undefined ? [] : [node]));
  const config = home ? await readSmallFile(join(home, '.ssh/config'), LIMITS.sshConfigBytesMax) : undefined;
  for (const node of nodes) {
    const alias = config?.kind === 'text' ? findAlias(config.text, node.host) : undefined;
    if (alias !== undefined) return aliasHint(node, alias);
    if (isPlainFile(node.given)) return fileHint(node.given);
  }
  return undefined;
}

/** A target that is also the name of a file here, as `hosts` is often. */
export function isPlainFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

export function fileHint(name: string): string {
  return `there is a file ${quoteInput(name)} here, which is read as -o ./${name}`;
}

function aliasHint({ host, user, port }: Node, alias: Alias): string {
  const name = alias.hostName ?? host;
  const address = name.includes(':') ? `[${name}]` : name;
  const options = [
    `-o ${alias.user ?? user}@${address}:${alias.port ?? port}`,
    ...(alias.key === undefined ? [] : [`-k ${alias.key}`]),
  ];
  const jump =
    alias.jump === undefined || alias.jump === 'none'
      ? ''
      : '; jump hosts are not there, so run it on the jump host';
  return `${host} stands in ~/.ssh/config, which is not read here: write ${options.join(' ')}${jump}`;
}
