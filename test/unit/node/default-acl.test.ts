// @module-tag slow: left out of npm run test:quick
/** What directories of a node give to whatever is made in them goes to nothing that an upload brings. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stageOf } from './relocation-node.ts';
import { FAILING_COMMIT } from './relocation-trees.ts';
import { NODES, relocationsOn } from './relocations.ts';

const acls = (path: string) => `${execFileSync('getfacl', ['-RpsE', path])}`;

// The ls of busybox does not show an ACL.
const KINDS = areKept() ? NODES.filter(({ tools }) => tools !== 'busybox') : [];

describe.each(KINDS)('a node with $tools under $shell and default ACLs', (kind) => {
  const { nodeWith, read, comparable } = relocationsOn(kind);

  const nodeWithAcl = () => {
    const files = ['app/private/secret', 'app/new/file', 'app/old', 'app/other'];
    const node = nodeWith(files, ['app/private/secret', 'app/old']);
    for (const file of files) chmodSync(join(node.source, file), 0o640);
    execFileSync('setfacl', ['-d', '-m', 'u:1001:rwx', node.destination, join(node.destination, 'app')]);
    execFileSync('setfacl', ['-m', 'u:1002:r', join(node.destination, 'app/old')]);
    return node;
  };

  it('F7, F10: nobody gets a file whom its mode keeps out, and a file that is given back has its own ACL', () => {
    const node = nodeWithAcl();
    const before = [comparable(node), acls(node.destination)];
    const archive = node.archive(['app']);
    const failed = node.commit(stageOf(node.receive(archive)), FAILING_COMMIT);
    expect(failed.stdout).toContain('what was begun is taken back');
    expect([comparable(node), acls(node.destination)]).toEqual(before);
    expect(node.commit(stageOf(node.receive(archive))).stdout).toBe('TOKEN COMMITTED\n');
    expect(read(node, 'app/new/file')).toBe('new app/new/file');
    for (const path of ['app/private', 'app/new', 'app/old', 'app/other'])
      expect(acls(join(node.destination, path)), path).toBe('');
  });

  it('F1: a node that cannot take them off is refused by name, and nothing is left', () => {
    const node = nodeWithAcl();
    const before = comparable(node);
    rmSync(join(node.top, 'bin/setfacl'), { force: true });
    const received = node.receive(node.archive(['app']));
    expect(received.stdout).toMatch(
      /ERROR .*\/.lockstep-\S+ gets the default ACL of the directory above it, and setfacl, .* is not installed on this node\n$/,
    );
    expect(comparable(node)).toEqual(before);
  });
});

/** Whether this machine has ACLs, and the programs for them. */
function areKept(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'lockstep-acl-'));
  const { status } = spawnSync('setfacl', ['-d', '-m', 'u:1001:rwx', place]);
  rmSync(place, { recursive: true });
  return status === 0;
}
