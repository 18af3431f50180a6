import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { chooseTool, destinationOf } from '../../../src/run/sync/sync-plan.ts';

const REQUEST = { directory: undefined, command: undefined, staysStaged: false };
const ABSOLUTE = { isAbsolute: true };
const RELATIVE = { isAbsolute: false };

test.each([
  ['-S --no-upload', {}, undefined, 'none'],
  ['-S -r DIR FILE', { directory: '/srv' }, ABSOLUTE, 'root'],
  ['-S -r DIR -n CMD FILE', { directory: '/srv', command: 'ls' }, ABSOLUTE, 'root'],
  ['-S /etc/x', {}, ABSOLUTE, 'run-directory'],
  ['-S -e x', {}, RELATIVE, 'run-directory'],
  ['-S -n CMD /etc/x', { command: 'ls' }, ABSOLUTE, 'own-paths'],
  ['-S -n CMD --keep-staged /etc/x', { command: 'ls', staysStaged: true }, ABSOLUTE, 'run-directory'],
  ['-S -n CMD -e x', { command: 'ls' }, RELATIVE, 'run-directory'],
])('the files of %s go where the table says', (_call, change, files, destination) => {
  expect(destinationOf({ ...REQUEST, ...change }, files)).toBe(destination);
});

describe('the tool is chosen once a run', () => {
  const nodes = (...paths: (string | undefined)[]) =>
    new Map(paths.map((path, index) => [`[root@n${index}:22]`, path]));

  const TOOL = { command: undefined, isPlain: false };

  test('that of lockstep is no plain command: -m is refused with what to do, and takes what there is else', () => {
    const plain = { command: undefined, isPlain: true };
    const refuse = () => chooseTool(plain, nodes(undefined, undefined));
    expect(refuse).toThrow(/^-m runs the sync tool/);
    // No wrong usage, which connects to nobody.
    expect(refuse).toThrow(expect.objectContaining({ code: 'protocol-failed' }));
    expect(chooseTool(plain, nodes('/a', '/a'))).toEqual({ kind: 'installed', path: '/a' });
    expect(chooseTool({ ...plain, command: 'ls' }, nodes(undefined))).toEqual({
      kind: 'command',
      text: 'ls',
    });
  });

  test('a command wins over installed tools', () => {
    expect(chooseTool({ command: 'ls', isPlain: false }, nodes('/usr/lib/orgalorg/sync'))).toEqual({
      kind: 'command',
      text: 'ls',
    });
  });

  test('all nodes have it, or none and the shipped one goes along', () => {
    expect(chooseTool(TOOL, nodes('/a', '/a'))).toEqual({ kind: 'installed', path: '/a' });
    expect(chooseTool(TOOL, nodes(undefined, undefined))).toEqual({ kind: 'shipped' });
  });

  test('mixed is refused, with the nodes named', () => {
    try {
      chooseTool(TOOL, nodes('/a', undefined, '/a'));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(LockstepError);
      const causes = (error as LockstepError).causes.map((cause) => (cause as Error).message);
      expect(causes).toEqual(['/a on [root@n0:22], [root@n2:22]', 'no sync tool on [root@n1:22]']);
    }
  });
});
