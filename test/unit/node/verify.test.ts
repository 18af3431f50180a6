// @module-tag slow: left out of npm run test:quick
/** What lies in the stage is what was sent, byte for byte and name for name, or nothing changes. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRoot, type RelocationNode, stageOf } from './relocation-node.ts';
import { NODES, put, relocationsOn } from './relocations.ts';
import { FLIPPED, tampered } from './tampered.ts';

describe.each(NODES)('a node with $tools under $shell', (kind) => {
  const { nodeWith, read, comparable } = relocationsOn(kind);

  const expectRefused = (
    node: RelocationNode,
    words: RegExp,
    given: Parameters<RelocationNode['receive']>[1],
  ) => {
    const before = comparable(node);
    const received = node.receive(node.archive(['app']), given);
    const said = received.stdout.replace(/^TOKEN STAGE .*\n/gm, '');
    expect(said, received.stderr).toMatch(/^TOKEN ERROR .*\n$/);
    expect(said).toMatch(words);
    expect(received.code).toBe(1);
    expect(comparable(node)).toEqual(before);
  };

  it('F4: bytes that tar has not written as they were sent are seen, in any file of any name', () => {
    for (const name of ['app/a', "app/it's", 'app/new\nline', 'app/back\\slash', 'app/-r', 'app/.hidden']) {
      const node = nodeWith(['app/other', name, 'app/z'], ['app/other', 'app/z']);
      const flip = `printf X | dd of='tree/${name.replaceAll("'", "'\\''")}' conv=notrunc 2>/dev/null`;
      const told = name.replace('\n', '.').replaceAll(/[\\.]/g, '.');
      expectRefused(node, new RegExp(`ERROR ${told}: ${FLIPPED.source}`), {
        text: tampered('unpacked', flip),
      });
    }
  });

  it('F4: names that nobody has sent are seen in the stage, and none is put in place', () => {
    const node = nodeWith(['app/a', 'app/sub/b'], ['app/a', 'app/old']);
    const surplus = (path: string) => new RegExp(`ERROR ${path} lies in the stage, and was not sent\n`);
    for (const path of ['app/evil', 'app/.evil', 'app/sub/evil', 'evil']) {
      const text = tampered('unpacked', `echo >'tree/${path}'`);
      expectRefused(node, surplus(path), { text });
    }
    for (const [command, path] of [
      ["mkdir 'tree/app/sub/evil'", 'app/sub/evil'],
      ["ln -s /etc 'tree/app/sub/evil'", 'app/sub/evil'],
      ["echo >'tree/app/sub/new\nline'", 'app/sub/new.line'],
    ] as const) {
      expectRefused(node, surplus(path), { text: tampered('planned', command) });
    }
    const destination = join(node.destination, 'not/yet');
    expectRefused(node, surplus('above/not/evil'), {
      text: tampered('planned', 'echo >above/not/evil'),
      destination,
    });
  });

  it('F4: a file that is missing, of another size, or no file is seen', () => {
    const node = nodeWith(['app/a', 'app/sub/b'], ['app/a']);
    for (const [command, why] of [
      ['rm tree/app/sub/b', /ERROR cannot find app\/sub\/b in the stage: No such file or directory\n/],
      ['echo >tree/app/sub/b', /ERROR app\/sub\/b cannot be kept as it was sent: its size is another one/],
      ['rm tree/app/a && mkdir tree/app/a', /ERROR .*app\/a/],
      [
        'rm tree/app/a && mkfifo tree/app/a',
        /ERROR app\/a cannot be kept as it was sent: its (type|size) is another/,
      ],
      [
        'mv tree/app/a a && ln -s ../../a tree/app/a',
        /ERROR app\/a cannot be kept as it was sent: its (type|size) is another/,
      ],
    ] as const) {
      expectRefused(node, why, { text: tampered('unpacked', command) });
    }
  });

  it('F4, F10: files that are closed to their owner are read, and are as closed afterwards', () => {
    const node = nodeWith(['app/closed', 'app/sub/shut'], ['app/closed']);
    for (const name of ['app/closed', 'app/sub/shut']) chmodSync(join(node.source, name), 0);
    const archive = node.archive(['app']);
    node.becomeNobody();
    const flip =
      'chmod 600 tree/app/sub/shut; printf X | dd of=tree/app/sub/shut conv=notrunc 2>/dev/null; chmod 0 tree/app/sub/shut';
    const refused = node.receive(archive, { text: tampered('unpacked', flip) });
    expect(refused.stdout).toMatch(new RegExp(`ERROR app/sub/shut: ${FLIPPED.source}`));
    const received = node.receive(archive);
    expect(received.stdout).toMatch(/STAGED\n$/);
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    const mode = spawnSync('stat', ['-c', '%a', 'app/closed', 'app/sub/shut'], { cwd: node.destination });
    expect(`${mode.stdout}`).toBe('0\n0\n');
  });

  it('F4: a file that takes several reads is proven to its last byte', () => {
    const node = nodeWith(['app/a'], ['app/a']);
    put(node.source, 'app/big', 'x'.repeat(600_000));
    for (const at of [262_143, 262_144, 599_999]) {
      const flip = `printf X | dd of=tree/app/big bs=1 seek=${at} conv=notrunc 2>/dev/null`;
      expectRefused(node, new RegExp(`ERROR app/big: ${FLIPPED.source}`), {
        text: tampered('unpacked', flip),
      });
    }
    expect(node.upload(['app']).stdout).toMatch(/COMMITTED\n$/);
    expect(read(node, 'app/big')).toHaveLength(600_000);
  });

  it('F4: each name of a file with several is proven', () => {
    const node = nodeWith(['app/a']);
    linkSync(join(node.source, 'app/a'), join(node.source, 'app/b'));
    const text = tampered(
      'unpacked',
      'cp -p tree/app/b b && printf X | dd of=b conv=notrunc 2>/dev/null && mv b tree/app/b',
    );
    expectRefused(node, new RegExp(`ERROR app/b: ${FLIPPED.source}`), { text });
  });

  it.runIf(isRoot)('F4: what goes to another mount is proven where it was copied to', () => {
    const node = nodeWith(['app/a', 'app/data/b', 'app/data/sub/c']);
    const disk = join(node.top, 'disk');
    put(node.destination, 'app/data/old');
    spawnSync('mkdir', [disk]);
    node.mounts = `mount --bind '${disk}' '${node.destination}/app/data'`;
    const flip = `printf X | dd of=$(echo '${disk}'/.lockstep-*/copy.1/sub/c) conv=notrunc 2>/dev/null`;
    const refused = node.receive(node.archive(['app']), { text: tampered('planned', flip) });
    expect(refused.stdout).toMatch(new RegExp(`ERROR app/data/sub/c: ${FLIPPED.source}`));
    const surplus = `echo >$(echo '${disk}'/.lockstep-*/copy.1/sub)/evil`;
    const other = node.receive(node.archive(['app']), { text: tampered('planned', surplus) });
    expect(other.stdout).toMatch(/ERROR app\/data\/sub\/evil lies in the stage, and was not sent\n/);
    expect([readdirSync(disk), readdirSync(node.destination)]).toEqual([[], ['app']]);
    expect(node.upload(['app']).stdout).toMatch(/COMMITTED\n$/);
    expect(readFileSync(join(disk, 'sub/c'), 'utf8')).toBe('new app/data/sub/c');
  });

  it('F4: with --paranoid all that was sent is hashed again when it is in place, and taken back where it differs', () => {
    const node = nodeWith(['app/a', 'app/new/b'], ['app/a']);
    // Between the last rename and the proof.
    const [file, copy] = [join(node.destination, 'app/new/b'), join(node.top, 'copy')];
    const flip = `cp -p ${file} ${copy}; dd if=/dev/zero of=${file} bs=1 count=1 conv=notrunc; touch -r ${copy} ${file}`;
    const meddle = (stage: string) => {
      for (const [file, start, call] of [
        ['pl', 'sub prove {', `\nsystem q((PATH=/usr/bin:/bin; ${flip}) 2>/dev/null);`],
        [
          'py',
          'def prove():',
          ` return os.system(b'PATH=/usr/bin:/bin; (${flip}) 2>/dev/null') and 0 or proven()\ndef proven():`,
        ],
        ['sh', 'prove() {', `\n(PATH=/usr/bin:/bin; ${flip} 2>/dev/null)`],
      ] as const) {
        const path = join(stage, `executor.${file}`);
        if (!existsSync(path)) continue;
        const text = readFileSync(path, 'utf8');
        if (!text.includes(start)) throw new Error('the proof has another name now');
        writeFileSync(
          path,
          text.replace(start, () => `${start}${call}`),
        );
      }
    };
    for (const isParanoid of [false, true]) {
      const before = comparable(node);
      const stage = stageOf(node.receive(node.archive(['app'], { isParanoid })));
      meddle(stage);
      const committed = node.commit(stage);
      if (isParanoid) {
        expect(committed.stdout).toMatch(new RegExp(`ERROR .*/app/new/b: ${FLIPPED.source}`));
        expect(comparable(node)).toEqual(before);
      } else {
        expect(committed.stdout).toBe('TOKEN COMMITTED\n');
        spawnSync('rm', ['-r', join(node.destination, 'app/new')]);
      }
    }
    expect(node.upload(['app'], { isParanoid: true }).stdout).toMatch(/COMMITTED\n$/);
    expect([read(node, 'app/a'), read(node, 'app/new/b')]).toEqual(['new app/a', 'new app/new/b']);
  });
});
