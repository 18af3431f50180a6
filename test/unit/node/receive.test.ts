// @module-tag slow: left out of npm run test:quick
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXECUTORS } from '../../../src/node/executors.ts';
import { RECEIVE_TEXT } from '../../../src/node/texts.ts';
import { isRoot, LOCK, RelocationNode, RUN, stageOf, TOOLS } from './relocation-node.ts';
import { contents, FAILING_COMMIT, listing, toComparable, withFiles } from './relocation-trees.ts';
import { runText, SHELLS } from './shells.ts';

const wordsFor = (node: RelocationNode) => [
  ...['lockstep-hand', RUN, 'r', LOCK, '1:1'],
  ...[node.destination, '', ''],
];

describe.each(SHELLS)('the receiver under %s', (_shell, words) => {
  it('F3: names a cut that tar does not see', () => {
    const node = new RelocationNode(words);
    const archive = node.archive(withFiles(node));
    const header = archive.subarray(0, archive.lastIndexOf('/end\n')).lastIndexOf('roots\0');
    expect(node.receive(archive.subarray(0, header)).stdout).toMatch(/ERROR the stream was cut/);
  });

  it('leaves the archive behind the line with the token to tar, from a pipe too', () => {
    const node = new RelocationNode(words);
    const archive = node.archive(withFiles(node));
    writeFileSync(join(node.top, 'stream'), Buffer.concat([Buffer.from('TOKEN\n'), archive]));
    const text = `cat '${node.top}/stream' | {\n${RECEIVE_TEXT}\n}`;
    const received = node.run(text, wordsFor(node), Buffer.alloc(0));
    expect(received.stdout).toContain('TOKEN STAGED\n');
  });

  it('L17, F1: refuses, and leaves nothing behind, where no record of the commit could be written', () => {
    const node = new RelocationNode(words);
    const archive = node.archive(withFiles(node));
    const before = listing(node.destination);
    mkdirSync(join(node.records, RUN), { recursive: true });
    const received = node.receive(archive);
    expect(received.stdout).toContain(`TOKEN ERROR cannot write a record of this run in ${node.records}\n`);
    expect(received.code).toBe(1);
    expect(listing(node.destination)).toEqual(before);
  });

  it('L17: a state directory that is no absolute path counts from where the account logs in', () => {
    const node = new RelocationNode(words);
    node.extra = { XDG_STATE_HOME: 'state' };
    const archive = node.archive(withFiles(node));
    const cut = node.receive(archive.subarray(0, 1024));
    expect([cut.code, node.record()]).toEqual([1, undefined]);
    const received = node.receive(archive);
    expect(node.record()?.state).toBe('staging');
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    expect(node.record()?.state).toBe('new');
  });

  it('F9: refuses a stage that somebody else has made', () => {
    const node = new RelocationNode(words);
    const archive = node.archive(withFiles(node));
    symlinkSync('/tmp', join(node.destination, `.lockstep-${RUN}`));
    const received = node.receive(archive);
    expect(received.stdout).toMatch(/^TOKEN ERROR cannot make a stage in .+: File exists\n$/);
    expect(received.code).toBe(1);
  });

  it('F9: keeps the stage private', () => {
    const node = new RelocationNode(words);
    const received = node.receive(node.archive(withFiles(node)), { text: `umask 0\n${RECEIVE_TEXT}` });
    expect(statSync(stageOf(received)).mode & 0o777).toBe(0o700);
  });

  it.each(['077', '000'])('F10: modes arrive as they were sent under umask %s', (mask) => {
    const node = new RelocationNode(words);
    mkdirSync(join(node.source, 'up/app'), { recursive: true });
    for (const [name, mode] of [
      ['a', 0o640],
      ['b', 0o755],
      ['c', 0o444],
    ] as const) {
      writeFileSync(join(node.source, 'up/app', name), '', { mode });
      chmodSync(join(node.source, 'up/app', name), mode);
    }
    chmodSync(join(node.source, 'up/app'), 0o751);
    const done = node.upload(['up/app'], { text: `umask ${mask}\n${RECEIVE_TEXT}` });
    expect(done.stdout).toContain('COMMITTED');
    const sent = contents(node.source).filter((line) => line.startsWith('"/up/app'));
    expect(contents(node.destination).filter((line) => line.startsWith('"/up/app'))).toEqual(sent);
    // What nobody sent is made alike on every node.
    expect(statSync(join(node.destination, 'up')).mode & 0o777).toBe(0o755);
  });

  it('F10: set-user-id bits are kept only together with the owner', () => {
    for (const owner of isRoot ? ['', 'root', '-o'] : ['-o']) {
      const node = new RelocationNode(words);
      writeFileSync(join(node.source, 'program'), '');
      chmodSync(join(node.source, 'program'), 0o4755);
      expect(node.upload(['program'], { owner }).stdout).toContain('COMMITTED');
      expect(statSync(join(node.destination, 'program')).mode & 0o7777).toBe(owner === '-o' ? 0o755 : 0o4755);
    }
  });

  it('F13: ends tar and removes the stage on TERM', async () => {
    const node = new RelocationNode(words);
    const archive = node.archive(withFiles(node));
    const before = listing(node.destination);
    const shell = runText(words, RECEIVE_TEXT, wordsFor(node));
    shell.send(`TOKEN\n${archive.subarray(0, 1024).toString('latin1')}`);
    await shell.line(/^TOKEN STAGE/);
    process.kill(shell.pid, 'SIGTERM');
    expect(await shell.exited).toBe(143);
    expect(listing(node.destination)).toEqual(before);
  });

  it('F1, F13: ends as if it had not begun, or is done, whenever TERM comes', async () => {
    const node = new RelocationNode(words);
    const archive = node.archive(withFiles(node));
    const stage = join(node.destination, `.lockstep-${RUN}`);
    let isDone = false;
    for (let delayMs = 0; !isDone; delayMs += 3 + delayMs / 20) {
      const before = listing(node.destination);
      const shell = runText(words, RECEIVE_TEXT, wordsFor(node), { XDG_STATE_HOME: join(node.top, 'state') });
      shell.send(`TOKEN\n${archive.toString('latin1')}`);
      shell.end();
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      signalGroup(shell.pid);
      const code = await shell.exited;
      isDone = code === 0;
      // Before it listens to signals it has made nothing; when it has just stopped to, the keeper knows of the stage.
      const isAnnounced = shell.output().stdout.includes('TOKEN STAGE ');
      if (isDone || (code === null && isAnnounced)) rmSync(stage, { recursive: true, force: true });
      else expect(listing(node.destination), `after ${delayMs} ms`).toEqual(before);
    }
  });

  it('F1, F5: refuses, and leaves nothing behind, where the plan cannot be written whole', () => {
    for (const tools of TOOLS) {
      const node = new RelocationNode(words, tools);
      const archive = node.archive(withFiles(node));
      const before = listing(node.destination);
      const received = node.receive(archive, {
        text: RECEIVE_TEXT.replace('exec 7>plan', 'exec 7>/dev/full'),
      });
      expect(received.stdout).toContain('TOKEN ERROR cannot write the plan\n');
      expect(received.code).toBe(1);
      expect(listing(node.destination).map(toComparable(tools))).toEqual(before.map(toComparable(tools)));
    }
  });

  it.each(TOOLS)('says which program it carries plans out with, and needs no other, with %s', (tools) => {
    const node = new RelocationNode(words, tools);
    const roots = withFiles(node);
    node.upload(roots);
    const programs = EXECUTORS.filter(({ name }) => name === node.runs);
    expect(programs).toHaveLength(1);
    const other = new RelocationNode(words, tools);
    const uploaded = other.upload(withFiles(other), { programs });
    expect(uploaded).toMatchObject({ code: 0, stdout: expect.stringContaining('TOKEN COMMITTED\n') });
  });

  it('starts no more processes than are needed', () => {
    const node = new RelocationNode(words);
    const bin = join(node.top, 'bin');
    const log = join(node.top, 'log');
    mkdirSync(node.records, { recursive: true });
    writeFileSync(join(node.source, 'a'), '');
    writeFileSync(join(node.source, 'b'), '');
    writeFileSync(join(node.destination, 'b'), '');
    for (const name of readdirSync(bin)) {
      const program = readlinkSync(join(bin, name));
      if (/dash|bash|busybox/.test(program)) continue;
      rmSync(join(bin, name));
      const text = `#!/bin/sh\necho ${name} >>'${log}'\nexec ${program} "$@"\n`;
      writeFileSync(join(bin, name), text, { mode: 0o755 });
    }
    const started = (roots: readonly string[]) => {
      writeFileSync(log, '');
      expect(node.upload(roots).stdout).toContain('COMMITTED');
      return readFileSync(log, 'utf8').trim().split('\n').join(' ');
    };
    const [stage, commit] = ['cut chown stat stat mkdir touch ls tar', 'ls perl stat rm touch'];
    expect(started(['a'])).toBe(`${stage} perl sha256sum ${commit}`);
    expect(started(['b'])).toBe(`${stage} ln perl sha256sum ${commit}`);
  });

  it('makes a destination that is not there, and takes it away again when the switch fails', () => {
    const node = new RelocationNode(words);
    writeFileSync(join(node.source, 'file'), 'new');
    const destination = join(node.destination, 'not/yet');
    const before = listing(node.destination);
    const archive = node.archive(['file']);
    const failing = stageOf(node.receive(archive, { destination }));
    const committed = node.commit(failing, FAILING_COMMIT);
    expect(committed.stdout).toBe('TOKEN ERROR enough; what was begun is taken back\nTOKEN EXIT 1\n');
    expect(listing(node.destination)).toEqual(before);
    node.commit(stageOf(node.receive(archive, { destination })));
    expect(readFileSync(join(destination, 'file'), 'utf8')).toBe('new');
  });

  it('takes a relative destination from the login directory', () => {
    const node = new RelocationNode(words);
    writeFileSync(join(node.source, 'file'), 'new');
    for (const destination of ['.', 'destination', 'destination/']) {
      const received = node.receive(node.archive(['file']), { destination });
      expect(received.stdout).toContain('TOKEN STAGED\n');
      expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    }
    expect(existsSync(join(node.top, 'file'))).toBe(true);
    expect(existsSync(join(node.destination, 'file'))).toBe(true);
  });
});

function signalGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}
