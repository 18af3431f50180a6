import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openDoor } from '../../../src/session/door.ts';
import { checkAddress, makeSocketDirectory, removedAtExit } from '../../../src/session/socket-directory.ts';
import { scratchForEach } from '../../scratch.ts';

let directory: string;
scratchForEach((made) => {
  directory = made;
});

async function listenAt(path: string): Promise<void> {
  const server = createServer().listen(path);
  await new Promise((resolve) => server.once('listening', resolve));
  server.unref();
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

afterEach(() => vi.unstubAllEnvs());

describe('the place of a session', () => {
  test('however many sessions a program holds, one listener removes what is left of them at its end', () => {
    const before = process.listenerCount('exit');
    const removals = Array.from({ length: 12 }, (_, at) =>
      removedAtExit(makeSocketDirectory(directory, `run-${at}`).remove),
    );
    expect(process.listenerCount('exit')).toBe(before + 1);
    for (const remove of removals) remove();
    expect(process.listenerCount('exit')).toBe(before);
  });

  test('it is a directory of 0700 with a socket of 0600, and gone when it is removed (S)', async () => {
    const place = makeSocketDirectory(directory, 'run-1');
    await listenAt(place.socketPath);
    place.protect();
    expect(place.socketPath).toBe(join(directory, 'lockstep-run-1/session'));
    expect([modeOf(join(place.socketPath, '..')), modeOf(place.socketPath)]).toEqual([0o700, 0o600]);
    checkAddress(place.socketPath);
    place.remove();
    place.remove();
    expect(existsSync(join(directory, 'lockstep-run-1'))).toBe(false);
  });

  test('S: where its path is too long for a socket nothing is made, there or at a path that is cut', async () => {
    const long = join(directory, 'y'.repeat(100));
    mkdirSync(long, { mode: 0o700 });
    vi.stubEnv('TMPDIR', long);
    const text = `the path of a socket below ${long} is too long`;
    expect(() => makeSocketDirectory(undefined, 'run-1')).toThrow(text);
    expect(() => makeSocketDirectory(long, 'run-1')).toThrow(text);
    await expect(openDoor(join(long, 'run-1'), () => {})).rejects.toThrow(text);
    expect([readdirSync(directory), readdirSync(long)]).toEqual([['y'.repeat(100)], []]);
  });

  test.each([
    ['is missing', () => undefined],
    ['does not exist', () => join(directory, 'nowhere')],
    ['is open to others', () => directory],
    ['is a link', () => `${directory}-link`],
  ])('an XDG_RUNTIME_DIR that %s is not used', (title, path) => {
    if (title === 'is open to others') chmodSync(directory, 0o755);
    symlinkSync(directory, `${directory}-link`);
    const runtimeDirectory = path();
    const place = makeSocketDirectory(runtimeDirectory, 'run-1');
    expect(place.socketPath.startsWith(`${runtimeDirectory}/`)).toBe(false);
    expect(modeOf(join(place.socketPath, '..'))).toBe(0o700);
    place.remove();
    rmSync(`${directory}-link`, { force: true });
  });
});

describe('the address of a session', () => {
  test.each([
    ['empty', '', 'is empty'],
    ['relative', 'session', 'is not an absolute path'],
  ])('one that is %s is refused', (_title, address, message) => {
    expect(() => checkAddress(address)).toThrow(message);
  });

  test('one that leads nowhere is a session that is gone', () => {
    expect(() => checkAddress(join(directory, 'session'))).toThrow(
      expect.objectContaining({ code: 'session-gone', exitCode: 2 }),
    );
  });

  test('a file, and a socket in a directory that others can enter, are refused', async () => {
    const path = join(directory, 'session');
    writeFileSync(path, '');
    expect(() => checkAddress(path)).toThrow('is not a socket');
    rmSync(path);
    await listenAt(path);
    checkAddress(path);
    chmodSync(directory, 0o750);
    expect(() => checkAddress(path)).toThrow('others could have made');
  });

  test('a socket of another user is refused, also in a directory of ours', async () => {
    if (process.geteuid?.() !== 0) return;
    const { chownSync } = await import('node:fs');
    const path = join(directory, 'session');
    await listenAt(path);
    chownSync(path, 1, 1);
    expect(() => checkAddress(path)).toThrow('others could have made');
    mkdirSync(join(directory, 'other'), { mode: 0o700 });
    await listenAt(join(directory, 'other/session'));
    chownSync(join(directory, 'other'), 1, 1);
    expect(() => checkAddress(join(directory, 'other/session'))).toThrow('others could have made');
  });
});
