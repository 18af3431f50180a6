/** What an archive of a pretended node lists. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

interface Listed {
  readonly roots: readonly string[];
  /** Members that are there, and are not sent. */
  readonly mends: readonly string[];
}

/** What of `top` is sent, and what is mended, as the controller lists it. */
export function manifestOf(
  top: string,
  { roots, mends }: Listed,
  sumOf: (contents: Buffer) => string,
): string {
  const lines: string[] = [];
  const word = (text: string) => `'${text.replaceAll("'", "'\\''").replaceAll('\n', `'"$n"'`)}'`;
  const visit = (member: string, kind = 'member') => {
    const status = lstatSync(join(top, member), { bigint: true });
    const nanoseconds = ((status.mtimeNs % 10n ** 9n) + 10n ** 9n) % 10n ** 9n;
    const time = `${(status.mtimeNs - nanoseconds) / 10n ** 9n}.${`${nanoseconds}`.padStart(9, '0')}`;
    const target = status.isSymbolicLink() ? readlinkSync(join(top, member)) : '';
    const sum = status.isFile() ? sumOf(readFileSync(join(top, member))) : '-';
    const facts = `${status.mode.toString(16)} ${status.uid}:${status.gid} ${status.size} ${time} ${sum}`;
    lines.push(`${kind} ${facts} ${word(member)} ${word(target)}\n`);
    if (status.isDirectory()) for (const name of readdirSync(join(top, member))) visit(`${member}/${name}`);
  };
  for (const root of roots) visit(root);
  for (const member of mends) visit(member, 'mended');
  return lines.join('');
}
