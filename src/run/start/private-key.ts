/** Recognises private keys by content: `-i` of ssh names a key, while `-i` of lockstep sends its file to every node. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { LockstepError } from '../../core/errors.ts';
import type { Tell } from '../../core/events.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { STDIN_PATHS } from '../../core/surroundings.ts';
import { systemErrorText } from '../../core/system-error.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { RunRequest } from '../request/request.ts';
import { commandText, stdinOf } from '../request/work.ts';

/** Throws LockstepError `usage` before any connection; for a key that may be one of TLS, and so intended, it warns. */
export function refuseLoginKey(request: RunRequest, tell: Tell): void {
  const stdin = stdinOf(request.work);
  if (stdin !== undefined && isFile(stdin)) judge(headOf(stdin), stdin, { request, tell });
}

/**
 * The same for a stream that can be read only once, such as the pipe of `<(…)`: it looks at each piece before it hands
 * that on. The secret of a key comes after the line that shows the key. A key on `/dev/stdin` is there on purpose.
 */
export async function* unlessLoginKey(
  source: AsyncIterable<Buffer>,
  stdin: string,
  run: Judged,
): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(STDIN_PATHS.includes(stdin) || isFile(stdin) ? LIMITS.keyHeadBytes : 0);
  for await (const piece of source) {
    if (head.length < LIMITS.keyHeadBytes) {
      head = Buffer.concat([head, piece]).subarray(0, LIMITS.keyHeadBytes);
      if (judge(head.toString(), stdin, run)) head = Buffer.alloc(LIMITS.keyHeadBytes);
    }
    yield piece;
  }
}

interface Judged {
  readonly request: RunRequest;
  readonly tell: Tell;
}

/** Returns whether it has said something. */
function judge(head: string, stdin: string, { request, tell }: Judged): boolean {
  const kind = privateKeyKind(head);
  if (kind === undefined) return false;
  if (kind === 'login' || !isMeant(request)) {
    throw new LockstepError('usage', `-i would send a private key to every node: ${quoteInput(stdin)}`, {
      hint: 'the key to log in with is -k FILE; to send it all the same: -i /dev/stdin <FILE',
    });
  }
  const message = `${quoteInput(stdin)} holds a private key: it is sent to the stdin of every command`;
  tell({ type: 'log', level: request.show.quiet ? 'error' : 'warn', message });
  return true;
}

/** `login`: only ssh reads such a key. `any`: the key may belong to a web server. */
export function privateKeyKind(text: string): 'login' | 'any' | undefined {
  if (/^[\s\u{FEFF}]*(?:-----BEGIN OPENSSH PRIVATE KEY|---- BEGIN SSH2 (?:\w+ )?PRIVATE KEY)/mu.test(text))
    return 'login';
  if (
    /^[\s\u{FEFF}]*(?:PuTTY-User-Key-File-\d|SSH PRIVATE KEY FILE FORMAT|-----BEGIN DSA PRIVATE KEY)/mu.test(
      text,
    )
  )
    return 'login';
  return /^[\s\u{FEFF}]*-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/mu.test(text) ? 'any' : undefined;
}

/** Another key logs in, or the command visibly uses its stdin. */
function isMeant({ connect, work }: RunRequest): boolean {
  return connect.keyFile !== undefined || READS_STDIN.test(commandText(work));
}

const READS_STDIN =
  /(?:^|[\s;&|(/])(?:cat|tee|dd|install|openssl|sponge|base64|tar|sha\d*sum|md5sum|cmp|wc)(?:$|[\s;&|)<>])|\/dev\/(?:stdin|fd\/0)/;

/** The file can be read twice. */
function isFile(path: string): boolean {
  return !STDIN_PATHS.includes(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function headOf(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const head = Buffer.alloc(LIMITS.keyHeadBytes);
    return head.toString('utf8', 0, readSync(descriptor, head, 0, head.length, 0));
  } catch (error) {
    throw new LockstepError('usage', `cannot read ${quoteInput(path)}: ${systemErrorText(error)}`);
  } finally {
    closeSync(descriptor);
  }
}
