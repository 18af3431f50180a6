// @module-tag slow: left out of npm run test:quick
/** `--xattrs`: what nodes make of the extended attributes and ACLs that they are sent, and what they say of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { often } from '../../often.ts';
import { isRoot, RelocationNode, stageOf, type Tools } from './relocation-node.ts';
import { sentArchive } from './sent-archive.ts';

/** Of all that lies below, as getfattr has it, which is none of ours. */
const xattrsBelow = (top: string) =>
  `${execFileSync('getfattr', ['-R', '-h', '-d', '-m', '^(user|trusted|system|security.capability)', '-e', 'hex', '.'], { cwd: top, stdio: 'pipe' })}`
    .split('\n\n')
    .sort();

const ACL = 'system.posix_acl_access';

describe.runIf(areKept())('xattrs and ACLs', () => {
  it.each(['perl', 'python3'] as const)(
    'F10: are on a node with GNU tar and %s as they were here, whatever their names and values, and that is proven',
    async (tools) => {
      const arrive = async (trees: readonly (readonly [string, string][])[]) => {
        const node = nodeWith('/usr/bin/tar', tools);
        mkdirSync(join(node.source, 'app/sub'), { recursive: true });
        const files = trees.map((_, at) =>
          join(node.source, at % 2 === 0 ? `app/${at} ü\n'` : `app/sub/${at}`),
        );
        for (const file of files) writeFileSync(file, file);
        const places = [...files.slice(0, -1), join(node.source, 'app/sub')];
        setXattrs(
          places.flatMap((path, at) => (trees[at] ?? []).map(([name, value]) => [path, name, value])),
        );
        execFileSync('setfacl', ['-m', 'u:1234:rw,g:77:r', files[0] ?? '']);
        execFileSync('setfacl', ['-m', 'u:1234:rx,d:u:77:rwx', join(node.source, 'app/sub')]);
        const received = await receive(node);
        expect(received.stdout, received.stderr).toMatch(/^TOKEN XATTRS 0 0 0 0 0 0\nTOKEN STAGED$/m);
        expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
        expect(xattrsBelow(node.destination)).toEqual(xattrsBelow(node.source));
        expect(received.stderr).toBe('');
      };
      const name = fc
        .oneof(
          fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
          fc.string({ unit: fc.constantFrom(...'a=%\n\\"\' .3D'), minLength: 1, maxLength: 12 }),
        )
        .filter((text) => !text.includes('\0'))
        .map((text) => Buffer.from(`user.${text}`).toString('latin1'));
      const value = fc.oneof(
        fc.constantFrom('', '\n', '=', '\0', 'x'.repeat(200)),
        fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      );
      const some = fc.array(fc.tuple(name, value), { maxLength: 4 });
      const trees = fc.array(some, { minLength: 8, maxLength: 20 });
      await fc.assert(fc.asyncProperty(trees, arrive), { numRuns: often(1, 100) });
    },
    600_000,
  );

  it.each(['/usr/bin/busybox', '/usr/bin/bsdtar'].filter((tar) => existsSync(tar)))(
    'that %s does not keep are told by the node, and those that it keeps are not',
    async (tar) => {
      const node = nodeWith(tar, 'perl');
      withFiles(node, ['one', 'two', 'three']);
      setXattrs([
        [join(node.source, 'app/one'), 'user.one', '1'],
        [join(node.source, 'app/two'), 'user.two', '2'],
      ]);
      const received = await receive(node);
      const [, lost = '', first] = /XATTRS (\d+) (\d+) 0 0 0 0\n/.exec(received.stdout) ?? [];
      node.commit(stageOf(received));
      const isKept = xattrsBelow(node.destination).join() === xattrsBelow(node.source).join();
      expect([lost, first]).toEqual(isKept ? ['0', '0'] : ['2', '0']);
      expect(isKept).toBe(!tar.endsWith('busybox'));
    },
  );

  it('of directories that are there stay as they are, which is told, and an ACL that they give to all goes to no file', async () => {
    const node = nodeWith('/usr/bin/tar', 'python3');
    withFiles(node, ['plain', 'marked']);
    mkdirSync(join(node.destination, 'app'));
    execFileSync('setfacl', ['-m', 'd:u:77:rwx', join(node.destination, 'app')]);
    setXattrs(['app', 'app/marked'].map((path) => [join(node.source, path), 'user.a', 'new']));
    setXattrs([[join(node.destination, 'app'), 'user.a', 'old']]);
    const received = await receive(node);
    expect(received.stdout).toContain('TOKEN XATTRS 0 0 1 0 0 0\n');
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    const found = xattrsBelow(node.destination).join('\n');
    expect(found).toMatch(/# file: app\n(?:.+\n)*user\.a=0x6f6c64/);
    expect(found).toContain('# file: app/marked\nuser.a=0x6e6577');
    expect(found).not.toContain('app/plain');
  });

  it.each(['perl', 'python3'] as const)(
    'F7: of a file that takes the place of a link to a directory are its own, as %s sees them',
    async (tools) => {
      const node = nodeWith('/usr/bin/tar', tools);
      withFiles(node, ['one']);
      for (const name of ['app', 'other']) mkdirSync(join(node.destination, name));
      symlinkSync('../other', join(node.destination, 'app/one'));
      setXattrs([[join(node.source, 'app/one'), 'user.one', '1']]);
      const received = await receive(node);
      expect(received.stdout).toContain('TOKEN XATTRS 0 0 0 0 0 0\n');
      expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
      expect(xattrsBelow(node.destination)).toEqual(xattrsBelow(node.source));
    },
  );

  it('F7: are not said to be kept where nothing can look', async () => {
    const node = nodeWith('/usr/bin/tar', 'sh');
    withFiles(node, ['one']);
    setXattrs([[join(node.source, 'app/one'), 'user.one', '1']]);
    const received = await receive(node);
    expect(received.stdout).toMatch(/TOKEN XATTRS none\nTOKEN STAGED\n$/);
  });

  it.runIf(isRoot)(
    'F7: that only root may set are missed for another account, and what tar says of it is seen',
    async () => {
      const node = nodeWith('/usr/bin/tar', 'perl');
      withFiles(node, ['one', 'two']);
      setXattrs([
        [join(node.source, 'app/two'), 'trusted.t', 't'],
        [join(node.source, 'app/one'), 'user.one', '1'],
      ]);
      const archive = await sentArchive(node, ['app'], { hasXattrs: true });
      node.becomeNobody();
      const received = node.receive(archive, { hasXattrs: true });
      expect(received.stdout).toMatch(/TOKEN XATTRS 1 1 0 0 0 0\nTOKEN STAGED\n$/);
      expect(received.stderr).toContain("Cannot set 'trusted.t' extended attribute");
    },
  );

  it.runIf(isRoot)(
    'F10: a capability is there when the owner was set, and an ACL when the mode was',
    async () => {
      const node = nodeWith('/usr/bin/tar', 'perl');
      withFiles(node, ['one']);
      const one = join(node.source, 'app/one');
      execFileSync('chown', ['1001:1002', one]);
      execFileSync('setfacl', ['-m', 'u:1234:rwx', one]);
      setXattrs([[one, 'security.capability', CAPABILITY]]);
      const received = await receive(node);
      expect(received.stdout).toContain('TOKEN XATTRS 0 0 0 0 0 0\n');
      node.commit(stageOf(received));
      expect(xattrsBelow(node.destination).join()).toMatch(new RegExp(`security.capability=0x.*\n${ACL}=0x`));
    },
  );
});

/** cap_net_bind_service+ep, as version 2 has it. */
const CAPABILITY = '\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0';

function nodeWith(tar: string, tools: Tools): RelocationNode {
  const node = new RelocationNode(['dash'], tools);
  rmSync(join(node.top, 'bin/tar'));
  symlinkSync(tar, join(node.top, 'bin/tar'));
  return node;
}

function withFiles({ source }: RelocationNode, names: readonly string[]): void {
  mkdirSync(join(source, 'app'));
  for (const name of names) writeFileSync(join(source, 'app', name), name);
}

async function receive(node: RelocationNode) {
  return node.receive(await sentArchive(node, ['app'], { hasXattrs: true }), { hasXattrs: true });
}

/** Path, name and value, of which the last two have a character a byte. */
function setXattrs(all: readonly (readonly string[])[]): void {
  const setting = `import os, sys
for line in sys.stdin:
    path, name, value = [bytes.fromhex(word[1:]) for word in line.split()]
    os.setxattr(path, name, value)`;
  const lines = all.map(([path = '', ...rest]) => {
    const words = [Buffer.from(path), ...rest.map((text) => Buffer.from(text, 'latin1'))];
    return words.map((word) => `x${word.toString('hex')}`).join(' ');
  });
  execFileSync('python3', ['-c', setting], { input: lines.join('\n') });
}

/** Whether this machine has them, and the programs for them. */
function areKept(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'lockstep-xattrs-'));
  const ends = [
    spawnSync('setfacl', ['-m', 'u:1001:rwx', place]),
    spawnSync('setfattr', ['-n', 'user.a', place]),
    spawnSync('python3', ['-c', 'import os; os.listxattr("/")']),
  ];
  rmSync(place, { recursive: true });
  return ends.every(({ status }) => status === 0);
}
