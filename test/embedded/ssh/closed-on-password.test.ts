import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { createSsh2Transport } from '../../../src/ssh/ssh2/transport.ts';
import { secretOf } from '../../farm/canary.ts';
import { localNode, NEVER, rejectionOf, scratch, scriptedServer, settingsIn } from './support.ts';

const WRONG = secretOf('mistyped');

it.each(['ended', 'reset'] as const)(
  'S17 a password on which the server closes the connection (%s) counts as refused, and no other node gets it',
  async (how) => {
    let given = 0;
    const closing = () =>
      scriptedServer({}, (client) => {
        client.on('authentication', (attempt) => {
          if (attempt.method !== 'password') return attempt.reject(['password']);
          given += 1;
          const { _sock: socket } = client as unknown as { _sock: Socket };
          if (how === 'reset') socket.resetAndDestroy();
          else socket.destroy();
        });
      });
    const ports = await Promise.all([closing(), closing(), closing()]);
    const settings = settingsIn(await scratch(), { isPasswordWanted: true, password: WRONG });
    const transport = createSsh2Transport(settings);
    const errors = await Promise.all(
      ports.map((port) => rejectionOf(transport.connect(localNode(port), NEVER))),
    );
    expect(given).toBe(1);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^cannot log in as deploy: .*\(authentication\), when it had the password$/),
      ...[1, 2].map(() => expect.stringContaining('the password was not tried')),
    ]);
    for (const error of errors) expect(error).toMatchObject({ code: 'auth' });
  },
);
