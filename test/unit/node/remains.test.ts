// @module-tag slow: left out of npm run test:quick
/** What a run leaves that nobody could end in order: who removes it, and who does not. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMIT_TEXT, RECEIVE_TEXT } from '../../../src/node/texts.ts';
import { isRoot, LOCK, RelocationNode, RUN, stageOf, TOOLS } from './relocation-node.ts';
import { listing, prepareSmall, toComparable } from './relocation-trees.ts';
import { SHELLS } from './shells.ts';

const DEAD = '.lockstep-20240101T000000-dead';

function deadStage(node: RelocationNode, { host = hostname(), name = DEAD } = {}): string {
  const stage = join(node.destination, name);
  mkdirSync(join(stage, 'tree/closed'), { recursive: true, mode: 0o700 });
  writeFileSync(join(stage, 'tree/closed/f'), '');
  chmodSync(join(stage, 'tree/closed'), 0o300);
  writeFileSync(join(stage, 'host'), `${host}\n`);
  return stage;
}

describe.each(SHELLS)('what a dead run has left, under %s', (_shell, words) => {
  const nodeWithFile = () => {
    const node = new RelocationNode(words);
    writeFileSync(join(node.source, 'f'), 'new');
    return node;
  };

  it('F13: is removed by the next run that stages in its directory, without a trace in its time', () => {
    const node = nodeWithFile();
    deadStage(node);
    mkdirSync(join(node.destination, '.lockstep-20240101T000000-only-made'), { mode: 0o700 });
    utimesSync(node.destination, 1e9, 1_000_000_000.25);
    const before = listing(node.destination)[0];
    expect(node.receive(node.archive(['f'])).stdout).toMatch(/STAGED\n$/);
    expect(readdirSync(node.destination)).toEqual([`.lockstep-${RUN}`]);
    const tools = words[0] === 'busybox' ? 'busybox' : 'perl';
    expect(toComparable(tools)(listing(node.destination)[0] ?? '')).toBe(toComparable(tools)(before ?? ''));
  });

  it('F7: a stage that comes and goes leaves no trace in a time before 1970', () => {
    const times = ['-1.5', '-1', '-0.000000001', '-86400.999999999', '-3.000000001'];
    for (const time of times) {
      const node = nodeWithFile();
      execFileSync('touch', ['-d', `@${time}`, node.destination]);
      // Where touch knows no fractions, the second that has begun.
      const isCoarse = words[0] === 'busybox';
      const seen = () => BigInt(`${statSync(node.destination, { bigint: true }).mtimeNs}`);
      const before = seen();
      const kept = isCoarse ? [before, Math.floor(Number(before) / 1e9)] : [before];
      const expectKept = () => {
        const now = isCoarse && seen() !== before ? Math.floor(Number(seen()) / 1e9) : seen();
        expect(kept, time).toContain(now);
      };
      const whole = node.archive(['f']);
      // It is made, and removed by the receiver.
      expect(node.receive(whole.subarray(0, 1024)).code).toBe(1);
      expectKept();
      // It is made, and removed by whoever finds its record.
      expect(node.receive(whole).stdout).toMatch(/STAGED\n$/);
      expectKept();
      expect(node.recover().code).toBe(0);
      expectKept();
      expect(readdirSync(node.destination)).toEqual([]);
    }
  });

  it('F13: is left alone while it lives, has begun to put files in place, or belongs to another machine', async () => {
    const node = nodeWithFile();
    const alive = '.lockstep-20240101T000000-alive';
    deadStage(node, { name: alive });
    writeFileSync(join(deadStage(node, { name: '.lockstep-20240101T000000-begun' }), 'begun'), '');
    deadStage(node, { name: '.lockstep-20240101T000000-far', host: 'another-machine' });
    deadStage(node, { name: `${DEAD}-kept` });
    const living = spawn('sh', ['-c', 'sleep 60; :', 'lockstep-hand', alive.slice('.lockstep-'.length)]);
    try {
      expect(node.upload(['f']).stdout).toMatch(/COMMITTED\n$/);
      expect(readdirSync(node.destination).filter((name) => name !== 'f')).toHaveLength(4);
    } finally {
      execFileSync('pkill', ['-P', `${living.pid}`]);
      living.kill();
    }
  });

  it.runIf(isRoot).each(['500', '300', '000'])(
    'F13: is no stage on another mount, though the directory that it lay in was sent with mode %s',
    (octal) => {
      const node = nodeWithFile();
      const disk = join(node.top, 'disk');
      for (const path of [disk, join(node.source, 'data'), join(node.destination, 'data')]) mkdirSync(path);
      for (const name of ['data/f', 'g']) writeFileSync(join(node.source, name), 'new');
      utimesSync(join(node.source, 'data'), 1e9, 1e9);
      const mode = Number.parseInt(octal, 8);
      chmodSync(join(node.source, 'data'), mode);
      const archive = node.archive(['data', 'g']);
      node.becomeNobody();
      node.mounts = `mount --bind '${disk}' '${node.destination}/data'`;
      const done = node.receive(archive);
      expect(done.stdout, done.stderr).toMatch(/STAGED\n$/);
      expect(node.commit(stageOf(done)).stdout).toBe('TOKEN COMMITTED\n');
      expect(readdirSync(disk)).toEqual(['f']);
      expect(statSync(disk).mode & 0o7777).toBe(mode);
      expect(statSync(disk).mtimeMs).toBe(1e12);
    },
  );

  it.runIf(isRoot).each(['600', '000'])(
    'F13: is no stage on another mount, though directories far above it were sent with mode %s',
    (octal) => {
      const node = nodeWithFile();
      const disk = join(node.top, 'disk');
      for (const path of [disk, join(node.source, 'a/b/data'), join(node.destination, 'a/b/data')])
        mkdirSync(path, { recursive: true });
      writeFileSync(join(node.source, 'a/b/data/f'), 'new');
      for (const name of ['a/b', 'a']) {
        utimesSync(join(node.source, name), 1e9, 1e9);
        chmodSync(join(node.source, name), Number.parseInt(octal, 8));
      }
      const archive = node.archive(['a']);
      node.becomeNobody();
      node.mounts = `mount --bind '${disk}' '${node.destination}/a/b/data'`;
      const done = node.receive(archive);
      expect(done.stdout, done.stderr).toMatch(/STAGED\n$/);
      expect(node.commit(stageOf(done))).toMatchObject({ stdout: 'TOKEN COMMITTED\n', stderr: '' });
      expect(readdirSync(disk)).toEqual(['f']);
      for (const name of ['a/b', 'a']) {
        const { mode, mtimeMs } = statSync(join(node.destination, name));
        expect([(mode & 0o7777).toString(8), mtimeMs]).toEqual([
          `${Number.parseInt(octal, 8).toString(8)}`,
          1e12,
        ]);
      }
    },
  );

  it.runIf(isRoot)('F13: of another account is removed by root alone', () => {
    for (const isNobody of [true, false]) {
      const node = nodeWithFile();
      const archive = node.archive(['f']);
      if (isNobody) node.becomeNobody();
      const stage = deadStage(node);
      execFileSync('chown', ['-R', isNobody ? '0:0' : '65534:65534', stage]);
      expect(node.receive(archive).stdout).toMatch(/STAGED\n$/);
      expect(existsSync(stage)).toBe(isNobody);
    }
  });

  it.runIf(isRoot)(
    'F13: of another account goes with its record, by the next run of root that stages there',
    () => {
      const node = nodeWithFile();
      const archive = node.archive(['f']);
      node.becomeNobody();
      expect(node.receive(archive).stdout).toMatch(/STAGED\n$/);
      expect(readdirSync(node.records)).toEqual([RUN]);
      expect(nextReceive(node, archive).stdout).toMatch(/STAGED\n$/);
      expect(readdirSync(node.records)).toEqual([NEXT]);
      expect(readdirSync(node.destination)).toEqual([`.lockstep-${NEXT}`]);
    },
  );

  it.runIf(isRoot)(
    'F13, F9: names no record, and no stage elsewhere, that another account owns or must hear of',
    () => {
      const run = DEAD.slice('.lockstep-'.length);
      for (const [owner, states] of [
        [0, ['staging']],
        [65534, ['staging', 'begun', 'new']],
      ] as const) {
        const node = nodeWithFile();
        const archive = node.archive(['f']);
        const stage = deadStage(node);
        const elsewhere = join(node.top, DEAD);
        const record = join(node.records, run);
        mkdirSync(elsewhere);
        mkdirSync(node.records);
        writeFileSync(record, states.map((state) => `state ${state}\n`).join(''));
        writeFileSync(join(stage, 'stages'), `${elsewhere}\n`);
        writeFileSync(join(stage, 'host'), `${hostname()}\n${record}\n`);
        execFileSync('chown', ['-R', '65534', stage]);
        execFileSync('chown', [`${owner}`, record, elsewhere]);
        expect(nextReceive(node, archive).stdout).toMatch(/STAGED\n$/);
        expect(existsSync(stage)).toBe(false);
        expect(existsSync(record)).toBe(true);
        expect(existsSync(elsewhere)).toBe(owner === 0);
      }
    },
  );

  it('F13: is removed though it was ended while it wrote its mark', () => {
    const node = nodeWithFile();
    const stage = join(node.destination, DEAD);
    mkdirSync(stage, { mode: 0o700 });
    writeFileSync(join(stage, 'host'), '');
    expect(node.receive(node.archive(['f'])).stdout).toMatch(/STAGED\n$/);
    expect(existsSync(stage)).toBe(false);
  });
});

const NEXT = '20250101T000001-abc';

/** The next run stages in the same directory, as whoever has started the tests. */
function nextReceive(node: RelocationNode, archive: Buffer) {
  node.asNobody = false;
  const words = [
    ...['lockstep-hand', NEXT, 'r', LOCK, '1:1', node.destination, '', '', ''],
    ...['me', 'noon'],
  ];
  return node.run(RECEIVE_TEXT, words, Buffer.concat([Buffer.from('TOKEN\n'), archive]));
}

describe.each(TOOLS)('a commit that was cut, on a node with %s', (tools) => {
  it('F14: is known by its mark, where its record has missed the beginning', () => {
    const node = new RelocationNode(SHELLS[0][1], tools);
    const roots = prepareSmall(node);
    const before = listing(node.destination).map(toComparable(tools));
    const stage = stageOf(node.receive(node.archive(roots)));
    expect(node.record()?.state).toBe('staging');
    const record = join(node.records, RUN);
    const written = execFileSync('cat', [record]);
    node.commit(stage, COMMIT_TEXT.replace('set_state new', 'kill -9 0'));
    writeFileSync(record, written);
    expect(node.recover().code).toBe(0);
    expect(node.record()?.state).toBe('old');
    expect(listing(node.destination).map(toComparable(tools))).toEqual(before);
  });
});
