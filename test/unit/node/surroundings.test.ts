// @module-tag slow: left out of npm run test:quick
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRoot, RelocationNode, TOOLS } from './relocation-node.ts';

/** What an upload meets on a node beside the files themselves. */
describe.each(TOOLS)('an upload on a node with %s', (tools) => {
  const shell = tools === 'busybox' ? ['busybox', 'sh'] : ['dash'];

  it('follows a root that is a link to a directory there, and proves what lies behind it', () => {
    const node = new RelocationNode(shell, tools);
    mkdirSync(join(node.source, 'app'));
    writeFileSync(join(node.source, 'app/a'), 'new');
    chmodSync(join(node.source, 'app'), 0o751);
    mkdirSync(join(node.top, 'real'));
    symlinkSync(join(node.top, 'real'), join(node.destination, 'app'));
    expect(node.upload(['app']).stdout).toContain('COMMITTED');
    expect(readFileSync(join(node.top, 'real/a'), 'utf8')).toBe('new');
    expect(lstatSync(join(node.destination, 'app')).isSymbolicLink()).toBe(true);
    expect(statSync(join(node.top, 'real')).mode & 0o7777).toBe(0o751);
  });

  it("is not led to somebody's files by CDPATH", () => {
    const node = new RelocationNode(shell, tools);
    for (const name of ['a', 'b']) writeFileSync(join(node.source, name), 'new');
    writeFileSync(join(node.destination, 'a'), 'old');
    const elsewhere = ['tree', 'above', 'old.1'].map((name) => join(node.top, 'elsewhere', name));
    for (const path of elsewhere) {
      mkdirSync(path, { recursive: true });
      for (const name of ['a', 'b']) writeFileSync(join(path, name), "somebody's");
    }
    node.extra = { CDPATH: join(node.top, 'elsewhere') };
    const done = node.upload(['a', 'b']);
    expect(done.stdout, done.stderr).toContain('COMMITTED');
    for (const path of elsewhere) expect(readdirSync(path).sort()).toEqual(['a', 'b']);
    for (const name of ['a', 'b']) expect(readFileSync(join(node.destination, name), 'utf8')).toBe('new');
  });

  it('leaves a directory alone that is only named like a stage of ours, be it empty or not', () => {
    const node = new RelocationNode(shell, tools);
    writeFileSync(join(node.source, 'a'), 'new');
    const names = ['.lockstep-20250101T000000-other', '.lockstep-20250101T000000-another'];
    for (const name of names) mkdirSync(join(node.destination, name), { mode: 0o755 });
    writeFileSync(join(node.destination, names[1] ?? '', 'a file'), "somebody's");
    expect(node.upload(['a']).stdout).toContain('COMMITTED');
    expect(readdirSync(node.destination).sort()).toEqual([...names, 'a'].sort());
  });

  it.runIf(isRoot)('F7: takes the set-group-id bit from a directory that was sent with no bit at all', () => {
    const node = new RelocationNode(shell, tools);
    mkdirSync(join(node.source, 'app'));
    chmodSync(join(node.source, 'app'), 0);
    mkdirSync(join(node.destination, 'app'));
    chmodSync(join(node.destination, 'app'), 0o2755);
    expect(node.upload(['app']).stdout).toContain('COMMITTED');
    expect(statSync(join(node.destination, 'app')).mode & 0o7777).toBe(0);
  });

  it('is not led astray by POSIXLY_CORRECT, with which options end at the first operand', () => {
    const node = new RelocationNode(shell, tools);
    mkdirSync(join(node.source, 'app/closed'), { recursive: true });
    writeFileSync(join(node.source, 'app/closed/a'), 'new');
    chmodSync(join(node.source, 'app/closed'), 0o500);
    mkdirSync(join(node.destination, 'app'), { mode: 0o700 });
    node.extra = { POSIXLY_CORRECT: '1' };
    const done = node.upload(['app']);
    expect(done.stdout, done.stderr).toContain('COMMITTED');
    expect(statSync(join(node.destination, 'app/closed')).mode & 0o7777).toBe(0o500);
  });

  it.runIf(isRoot)(
    'F10: leaves the set-group-id bit of a directory whose group the account is not in',
    () => {
      const node = new RelocationNode(shell, tools);
      writeFileSync(join(node.source, 'a'), 'new');
      node.becomeNobody();
      chownSync(node.destination, 65534, 4321);
      chmodSync(node.destination, 0o2755);
      expect(node.upload(['a']).stdout).toContain('COMMITTED');
      expect(statSync(node.destination).mode & 0o7777).toBe(0o2755);
    },
  );
});
