import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import { frameHeader } from '../../../src/session/frames.ts';
import { joinSession } from '../../../src/session/join.ts';

let directory: string;
let server: Server | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-join-'));
  chmodSync(directory, 0o700);
});
afterEach(() => {
  server?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** What joining a socket ends with at which somebody says this. */
async function joining(say: (socket: Socket) => void): Promise<LockstepError> {
  const path = join(directory, 'session');
  server?.close();
  server = createServer((socket) => {
    socket.on('error', () => {});
    say(socket);
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  chmodSync(path, 0o600);
  const thrown: unknown = await joinSession(path, systemClock).then(
    () => 'it joined',
    (error: unknown) => error,
  );
  if (!(thrown instanceof LockstepError)) throw new Error(`not an error of ours: ${thrown}`);
  return thrown;
}

const welcome = (words: unknown) => (socket: Socket) => {
  const payload = Buffer.from(typeof words === 'string' ? words : JSON.stringify(words));
  socket.end(Buffer.concat([frameHeader('welcome', 0, payload.length), payload]));
};

const GOOD = {
  protocol: 4,
  run: 'r',
  call: 'r.1',
  who: 'ann@ctl',
  since: '2026',
  lockPath: '/',
  lockKind: 'exclusive',
  graceMs: 5_000,
  nodes: [{ id: '[a@b:22]', user: 'a', host: 'b', port: 22, given: 'b' }],
};

describe('a socket behind LOCKSTEP_SESSION at which no session listens is told in a sentence', () => {
  test.each<[said: string, say: (socket: Socket) => void, message: RegExp]>([
    ['words of HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /does not speak/],
    ['zeros', (socket) => socket.end(Buffer.alloc(100)), /does not speak/],
    ['nothing, and it hangs up', (socket) => socket.destroy(), /the session is gone/],
    ['no JSON', welcome('what?'), /does not speak/],
    ['null', welcome('null'), /does not speak/],
    ['another release', welcome({ ...GOOD, protocol: 1 }), /another release/],
    ['a welcome without its nodes', welcome({ ...GOOD, nodes: undefined }), /does not speak/],
    ['nodes that are none', welcome({ ...GOOD, nodes: [5, null] }), /does not speak/],
    ['a node without its name', welcome({ ...GOOD, nodes: [{ ...GOOD.nodes[0], id: 1 }] }), /does not speak/],
    ['no time for the end of work', welcome({ ...GOOD, graceMs: '5 s' }), /does not speak/],
    ['a lock of no kind', welcome({ ...GOOD, lockKind: 'none' }), /does not speak/],
  ])('%s', async (_said, say, message) => {
    const error = await joining(say);
    expect(error.code).toBe('session-gone');
    expect(error.message).toMatch(message);
  });

  test('any bytes at all', async () => {
    for (let round = 0; round < 100; round++) {
      const bytes = randomBytes(round);
      const error = await joining((socket) => socket.end(bytes));
      expect(error.code, bytes.toString('hex')).toBe('session-gone');
    }
  });
});
