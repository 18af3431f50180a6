/** A transport whose connections are those of a session's holder, which connects by another transport. */
import { systemClock } from '../../src/core/clock.ts';
import { LockstepError } from '../../src/core/errors.ts';
import type { Node } from '../../src/core/node.ts';
import { openSession } from '../../src/session/holder.ts';
import { joinSession, type SessionLink } from '../../src/session/join.ts';
import { createSessionTransport } from '../../src/session/session-transport.ts';
import type { Transport } from '../../src/ssh/transport.ts';
import { keeperSettings } from '../keeper-settings.ts';

const KEEPER = keeperSettings(
  { run: 'run-1', since: '2026-11-21T09:00:00Z', command: '-L' },
  { killGraceMs: 1_000 },
);

interface Holder {
  readonly link: SessionLink;
  close(): Promise<void>;
}

/** A connection that breaks is gone for the session, too: what connects then gets a session of its own. */
export function sessionOver(
  transport: Transport,
  node: Node,
): { transport: Transport; close(): Promise<void> } {
  let holder: Promise<Holder> | undefined;
  const open = async (): Promise<Holder> => {
    const connection = await transport.connect(node, new AbortController().signal);
    const session = await openSession({
      connections: [connection],
      settings: KEEPER,
      runtimeDirectory: undefined,
      clock: systemClock,
      areCallsExpected: false,
      check: () => {},
      onWork: () => {},
    });
    const link = await joinSession(session.socketPath, systemClock);
    const close = async () => {
      await session.close(new LockstepError('session-gone', 'the test is over'));
      link.close();
      await connection.close();
    };
    void connection.closed.then(() => {
      holder = undefined;
    });
    return { link, close };
  };
  return {
    transport: {
      async connect(to, signal) {
        holder ??= open();
        const { link } = await holder;
        return createSessionTransport(link).connect(to, signal);
      },
    },
    close: async () => (await holder)?.close(),
  };
}
