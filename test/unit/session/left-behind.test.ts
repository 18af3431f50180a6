import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { removeLeftBehind } from '../../../src/session/left-behind.ts';
import { makeSocketDirectory } from '../../../src/session/socket-directory.ts';
import { scratchForEach } from '../../scratch.ts';

let parent: string;
scratchForEach((made) => {
  parent = made;
});

async function listenAt(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).listen(path);
  await new Promise((resolve) => server.once('listening', resolve));
  return server.unref();
}

/** The place of a holder that lives. */
async function place(run = 'run-1'): Promise<{ directory: string; server: Server }> {
  const { socketPath, protect } = makeSocketDirectory(parent, run);
  const server = await listenAt(socketPath);
  protect();
  return { directory: join(socketPath, '..'), server };
}

/** The place of one that was killed: nobody has removed its socket. */
async function deadPlace(run = 'run-1'): Promise<string> {
  const { directory, server } = await place(run);
  renameSync(join(directory, 'session'), join(directory, 'kept'));
  await new Promise((resolve) => server.close(resolve));
  renameSync(join(directory, 'kept'), join(directory, 'session'));
  return directory;
}

describe('what a killed holder has left of its session', () => {
  test('is removed by the next one, all of it', async () => {
    await deadPlace('run-1');
    await deadPlace('run-2');
    await removeLeftBehind(parent);
    expect(readdirSync(parent)).toEqual([]);
  });

  test('stays as long as the holder lives, though it takes no calls', async () => {
    const { directory, server } = await place();
    server.maxConnections = 0;
    await removeLeftBehind(parent);
    expect(readdirSync(directory).sort()).toEqual(['boot', 'session']);
  });

  test('stays where the directory has just been made, and nobody listens yet', async () => {
    const { socketPath } = makeSocketDirectory(parent, 'run-1');
    await removeLeftBehind(parent);
    expect(existsSync(join(socketPath, '..'))).toBe(true);
    const server = await listenAt(socketPath);
    renameSync(socketPath, `${socketPath}.kept`);
    await new Promise((resolve) => server.close(resolve));
    renameSync(`${socketPath}.kept`, socketPath);
    await removeLeftBehind(parent);
    expect(existsSync(socketPath)).toBe(true);
  });

  test('stays where its holder may live on another machine, with which the directory is shared', async () => {
    const directory = await deadPlace();
    rmSync(join(directory, 'boot'));
    symlinkSync('61ee2ac7-0000-4000-8000-e6b50bd7e9e5', join(directory, 'boot'));
    await removeLeftBehind(parent);
    expect(existsSync(join(directory, 'session'))).toBe(true);
  });

  test.each<[string, (directory: string) => void]>([
    ['is open to others', (directory) => chmodSync(directory, 0o755)],
    ['holds something else', (directory) => writeFileSync(join(directory, 'more'), '')],
    [
      'has a file in place of the socket',
      (directory) => {
        rmSync(join(directory, 'session'));
        writeFileSync(join(directory, 'session'), 'mine');
      },
    ],
    [
      'has a link in place of the socket',
      (directory) => {
        renameSync(join(directory, 'session'), join(parent, 'elsewhere'));
        symlinkSync(join(parent, 'elsewhere'), join(directory, 'session'));
      },
    ],
    [
      'is a link',
      (directory) => {
        renameSync(directory, join(parent, 'elsewhere'));
        symlinkSync(join(parent, 'elsewhere'), directory);
      },
    ],
    ['has another name', (directory) => renameSync(directory, join(parent, 'other-run-1'))],
  ])('stays whole where it %s', async (_title, change) => {
    const directory = await deadPlace();
    change(directory);
    const before = readdirSync(parent, { recursive: true }).sort();
    await removeLeftBehind(parent);
    expect(readdirSync(parent, { recursive: true }).sort()).toEqual(before);
  });

  test.skipIf(process.geteuid?.() !== 0)('stays where it belongs to another user', async () => {
    for (const name of ['', 'session']) {
      const directory = await deadPlace(`run-${name}`);
      lchownSync(join(directory, name), 1, 1);
    }
    await removeLeftBehind(parent);
    expect(readdirSync(parent)).toHaveLength(2);
  });

  test('stays where others can put something else in its place at any moment', async () => {
    const directory = await deadPlace();
    chmodSync(parent, 0o777);
    await removeLeftBehind(parent);
    expect(existsSync(directory)).toBe(true);
    // So is /tmp.
    chmodSync(parent, 0o1777);
    await removeLeftBehind(parent);
    expect(existsSync(directory)).toBe(false);
  });

  test('names that others have put there end nothing, and hide nothing', async () => {
    for (const name of ['lockstep-', 'lockstep-\n', 'lockstep-\u001b[2J', 'lockstep-file'])
      mkdirSync(join(parent, name), { mode: 0o700 });
    rmSync(join(parent, 'lockstep-file'), { recursive: true });
    writeFileSync(join(parent, 'lockstep-file'), '');
    const directory = await deadPlace();
    await removeLeftBehind(parent);
    expect(existsSync(directory)).toBe(false);
    await expect(removeLeftBehind(join(parent, 'nowhere'))).resolves.toBeUndefined();
  });
});
