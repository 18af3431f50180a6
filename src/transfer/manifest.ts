/**
 * What an upload consists of, as the nodes compare it with what has arrived, and later with what lies at the destination: one line
 * a member, `member MODE UID:GID SIZE TIME 'PATH' 'TARGET'`. The form is described in `src/node/files/relocate.sh`.
 */
import { LIMITS } from '../core/limits.ts';
import type { Entry } from './entry.ts';
import { attributesOf, type Ownership } from './header.ts';

/** Length and pieces of the list; a million lines are not held in memory at once. */
export function manifestOf(
  entries: readonly Entry[],
  ownership: Ownership,
): { readonly bytes: number; readonly blocks: () => AsyncGenerator<Buffer> } {
  let bytes = 0;
  for (const line of linesOf(entries, ownership)) bytes += Buffer.byteLength(line);
  return { bytes, blocks: () => blocksOf(linesOf(entries, ownership)) };
}

async function* blocksOf(lines: Iterable<string>): AsyncGenerator<Buffer> {
  let block = '';
  for (const line of lines) {
    block += line;
    if (block.length < LIMITS.smallFileBytes) continue;
    yield Buffer.from(block);
    block = '';
  }
  if (block !== '') yield Buffer.from(block);
}

function* linesOf(entries: readonly Entry[], ownership: Ownership): Generator<string> {
  const sizes = new Map<string, number>();
  for (const entry of entries) {
    if (entry.type === 'file') sizes.set(entry.member, entry.size);
    const { mode, uid, gid } = attributesOf(entry, ownership);
    const size = sizes.get(entry.type === 'hardlink' ? entry.to : entry.member) ?? 0;
    const target = entry.type === 'symlink' ? entry.target : '';
    const facts = `${mode.toString(16)} ${uid}:${gid} ${size} ${formatTime(entry.mtimeNs)}`;
    yield `member ${facts} ${quoteField(entry.member)} ${quoteField(target)}\n`;
  }
}

const NS = 1_000_000_000n;

/** Seconds, rounded down, and nine digits, as the system has it: -1.5 s is `-2.500000000`. */
function formatTime(mtimeNs: bigint): string {
  const nanoseconds = ((mtimeNs % NS) + NS) % NS;
  return `${(mtimeNs - nanoseconds) / NS}.${String(nanoseconds).padStart(9, '0')}`;
}

/** One word of sh on one line: `$n` is a newline where the list is read. */
function quoteField(text: string): string {
  return `'${text.replaceAll("'", "'\\''").replaceAll('\n', `'"$n"'`)}'`;
}
