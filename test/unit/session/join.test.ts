import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import { SessionChannel } from '../../../src/session/channel.ts';
import { frameHeader } from '../../../src/session/frames.ts';
import { joinSession, type SessionLink } from '../../../src/session/join.ts';
import { scratchForEach } from '../../scratch.ts';

let directory: string;
let server: Server | undefined;
scratchForEach((made) => {
  directory = made;
  chmodSync(directory, 0o700);
});
afterEach(() => {
  server?.close();
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

describe('a link to a session', () => {
  const NODE = { ...GOOD.nodes[0], id: '[a@b:22]', user: 'a', host: 'b', port: 22, given: 'b' };
  const frame = (kind: Parameters<typeof frameHeader>[0], channel: number, payload: string) => {
    const bytes = Buffer.from(payload);
    return Buffer.concat([frameHeader(kind, channel, bytes.length), bytes]);
  };

  async function linked(): Promise<{ link: SessionLink; socket: Socket }> {
    const path = join(directory, 'session');
    const met = new Promise<Socket>((resolve) => {
      server = createServer(resolve);
    });
    await new Promise<void>((resolve) => server?.listen(path, resolve));
    chmodSync(path, 0o600);
    const joined = joinSession(path, systemClock);
    const socket = await met;
    socket.on('error', () => {}).resume();
    socket.write(frame('welcome', 0, JSON.stringify(GOOD)));
    return { link: await joined, socket };
  }

  const start = (link: SessionLink) =>
    new SessionChannel(link, 'go', {
      node: NODE,
      request: { node: 0, sudo: false, command: 'true' },
      sinks: { onStdout: () => undefined, onStderr: () => undefined },
    });

  test('a command of a session that is over is lost at once, and waits for nobody', async () => {
    const { link, socket } = await linked();
    const before = start(link);
    socket.destroy();
    expect(await before.result).toMatchObject({ kind: 'lost' });
    expect(link.over.aborted).toBe(true);
    const behind = start(link);
    expect(await behind.result).toEqual({ kind: 'lost', reason: link.over.reason.message });
    await expect(behind.opened).rejects.toMatchObject({ code: 'connection-lost' });
  });

  test('a command that has ended hears no more of its node, however many there were', async () => {
    const { link, socket } = await linked();
    const heard = { asked: 0, left: 0 };
    const { onNodeLost } = link;
    link.onNodeLost = (node, listener) => {
      heard.asked += 1;
      const letGo = onNodeLost.call(link, node, listener);
      return () => {
        heard.left += 1;
        letGo();
      };
    };
    for (let number = 1; number <= 20; number++) {
      const channel = start(link);
      socket.write(frame('result', number, JSON.stringify({ kind: 'code', code: 0 })));
      expect(await channel.result).toEqual({ kind: 'code', code: 0 });
    }
    expect(heard).toEqual({ asked: 20, left: 20 });
    let lost = 0;
    const letGo = link.onNodeLost(0, () => {
      lost += 1;
    });
    letGo();
    const last = start(link);
    socket.write(frame('node-lost', 0, 'gone'));
    expect(await last.result).toMatchObject({ kind: 'lost', reason: 'gone' });
    expect(lost).toBe(0);
    socket.destroy();
  });
});
