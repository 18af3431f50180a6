import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { Node } from '../../../src/core/node.ts';
import { createAutoTransport } from '../../../src/ssh/auto.ts';
import { BeyondError } from '../../../src/ssh/beyond.ts';
import { MissingSshError } from '../../../src/ssh/openssh/missing.ts';
import type { Connection, Transport } from '../../../src/ssh/transport.ts';

const node: Node = { id: '[root@web1:22]', user: 'root', host: 'web1', port: 22, given: 'web1' };
const beyond = new BeyondError('unreachable', 'no matching key exchange (handshake)', {
  node,
  lack: 'no algorithm in common',
  hint: 'of the first',
});
const refused = new LockstepError('auth', 'the password was refused', { node });
const second = new LockstepError('auth', 'ssh cannot connect: permission denied', { node });

interface Play {
  readonly ssh2?: Error;
  readonly openssh?: Error;
  /** It cannot even be opened. */
  readonly opening?: Error;
  readonly needsOpenssh?: boolean;
  readonly isByPassword?: boolean;
  readonly signal?: AbortSignal;
}

async function play({ ssh2, openssh, opening, needsOpenssh = false, isByPassword = false, signal }: Play) {
  const tried: string[] = [];
  const by = (name: string, error: Error | undefined): Transport => ({
    connect: async () => {
      tried.push(name);
      if (error !== undefined) throw error;
      return { node } as Connection;
    },
  });
  const transport = createAutoTransport({
    ssh2: by('ssh2', ssh2),
    openssh: async () => {
      if (opening !== undefined) throw opening;
      if (tried.at(-1) !== 'opened') tried.push('opened');
      return by('openssh', openssh);
    },
    needsOpenssh: () => needsOpenssh,
    isByPassword,
    onLack: (_node, lack) => void tried.push(lack),
  });
  const connect = () => transport.connect(node, signal ?? new AbortController().signal);
  const error = await connect().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { tried, error, connect };
}

describe('auto', () => {
  test('takes ssh2, and does not even load the other', async () => {
    expect(await play({})).toMatchObject({ tried: ['ssh2'], error: undefined });
  });

  test('takes OpenSSH alone for a node that needs it, and nothing else when that fails', async () => {
    expect(await play({ needsOpenssh: true, openssh: second })).toMatchObject({
      tried: ['opened', 'openssh'],
      error: second,
    });
  });

  test('tries OpenSSH once where ssh2 lacks something, and goes that way for a second connection at once', async () => {
    const { tried, error, connect } = await play({ ssh2: beyond });
    expect(error).toBeUndefined();
    await connect();
    expect(tried).toEqual(['ssh2', 'no algorithm in common', 'opened', 'openssh', 'opened', 'openssh']);
  });

  test.each([
    ['after a refused password', { ssh2: refused }],
    ['where a password is the way to log in', { ssh2: beyond, isByPassword: true }],
    ['once the run is over', { ssh2: beyond, signal: AbortSignal.abort() }],
  ])('S17 does not try OpenSSH %s', async (_when, how: Play) => {
    expect(await play(how)).toMatchObject({ tried: ['ssh2'], error: how.ssh2 });
  });

  test('where both fail the first cause counts, and the second is told as well', async () => {
    for (const how of [{ openssh: second }, { opening: second }]) {
      const { error } = await play({ ssh2: beyond, ...how });
      expect(error).toMatchObject({
        code: 'unreachable',
        message: 'no matching key exchange (handshake); and ssh cannot connect: permission denied',
        hint: 'of the first',
      });
    }
  });

  test('where no ssh is installed a hint says so', async () => {
    const { error } = await play({ ssh2: beyond, openssh: new MissingSshError(node) });
    expect(error).toMatchObject({ code: 'unreachable', message: beyond.message });
    expect((error as LockstepError).hint).toMatch(/ssh is not installed here.*might reach it/);
  });
});
