/** The door of a rollout that is at work, where it cannot be opened, and where it is none. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HeldRun } from '../../../src/run/held-run.ts';
import { askRollout, openRolloutDoor } from '../../../src/run/rollout/door.ts';
import { scratchForEach } from '../../scratch.ts';
import { runFor } from './fixtures.ts';

let directory: string;
scratchForEach((made) => {
  directory = made;
});

describe('the door', () => {
  test('that cannot be opened does not hold the run, which says so and what to try', async () => {
    const doorOf = async () => join(directory, 'x'.repeat(200));
    const { here, tell, ear } = runFor({}, [], { doorOf });
    const work = { here, tell, identity: { run: 'r' } } as unknown as HeldRun;
    (await openRolloutDoor(work, {} as never))();
    expect(ear.logs('warn')[0]).toMatch(
      /^not to be reached from another terminal: .*shorter \$XDG_STATE_HOME$/,
    );
    expect(existsSync(join(directory, 'x'.repeat(200)))).toBe(false);
  });

  test('that others could put in its place is not opened, and the run says so', async () => {
    const doorOf = () => Promise.reject(new Error('/srv may be written by others'));
    const { here, tell, ear } = runFor({}, [], { doorOf });
    const work = { here, tell, identity: { run: 'r' } } as unknown as HeldRun;
    (await openRolloutDoor(work, {} as never))();
    expect(ear.logs('warn')).toEqual([
      'not to be reached from another terminal: /srv may be written by others',
    ]);
  });

  test('behind which somebody else speaks, or nobody listens, is told as such', async () => {
    const path = join(directory, 'r');
    const server = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await expect(askRollout(path, { kind: 'halt' })).rejects.toThrow();
    server.close();
  });
});
