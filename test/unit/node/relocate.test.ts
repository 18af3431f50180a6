// @module-tag slow: left out of npm run test:quick
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRoot, LOCK, RelocationNode, stageOf, TOOLS } from './relocation-node.ts';
import { contents, listing, prepareSmall, setTimes, toComparable } from './relocation-trees.ts';
import { SHELLS } from './shells.ts';

const HOSTILE = [
  'a b',
  "it's",
  'new\nline',
  '-rf',
  '*',
  '?',
  '[a]',
  'back\\slash',
  'ünï',
  '.hidden',
  '..dots',
  '$(id)',
  '"',
  'é\\n',
];

/** A tree that has one of everything that can happen to a file: put, replaced, walked into, left alone. */
function prepare(node: RelocationNode): readonly string[] {
  const put = (side: string, path: string, text: string) => {
    mkdirSync(dirname(join(side, path)), { recursive: true });
    writeFileSync(join(side, path), text);
  };
  for (const name of HOSTILE) {
    put(node.source, `app/names/${name}`, `new ${name}`);
    put(node.destination, `app/names/${name}`, `old ${name}`);
    put(node.source, `app/${name} dir/inside`, 'new');
    put(node.source, `app/fresh/${name}`, 'new');
  }
  put(node.destination, 'app/names/kept', 'old');
  put(node.destination, "app/it's dir/other", 'old');
  linkSync(join(node.destination, 'app/names/kept'), join(node.destination, 'app/names/kept too'));
  linkSync(join(node.destination, 'app/names/*'), join(node.destination, 'app/names/star too'));
  symlinkSync('/nowhere', join(node.destination, 'app/link'));
  symlinkSync('/elsewhere', join(node.source, 'app/link'));
  symlinkSync('fresh', join(node.source, 'app/to directory'));
  symlinkSync('names', join(node.destination, 'app/to directory'));
  linkSync(join(node.source, 'app/fresh/*'), join(node.source, 'app/hard'));
  mkdirSync(join(node.source, 'app/empty'));
  put(node.source, 'unnamed/deep/root', 'new');
  put(node.source, 'etc/one.conf', 'new');
  put(node.destination, 'etc/one.conf', 'old');
  chmodSync(join(node.source, 'app/names'), 0o750);
  for (const side of [node.source, node.destination]) setTimes(side);
  return ['app', 'etc/one.conf', 'unnamed/deep/root'];
}

describe.each(SHELLS)('a plan under %s', (_shell, words) => {
  it.each(TOOLS)('F2: puts every kind of file in place by rename, with %s', (tools) => {
    const node = new RelocationNode(words, tools);
    const roots = prepare(node);
    const kept = listing(node.destination).filter((line) => line.startsWith('"/app/names/kept'));
    const done = node.upload(roots);
    const told = tools === 'busybox' ? /^lockstep: times are not kept exactly on this node.*\n$/ : /^$/;
    expect(done.stderr).toMatch(told);
    expect(done.stdout).toMatch(/^TOKEN STAGE .+\nTOKEN STAGED\nTOKEN COMMITTED\n$/);
    expect(listing(node.destination).filter((line) => line.startsWith('"/app/names/kept'))).toEqual(kept);
    expect(readFileSync(join(node.destination, 'app/names/*'), 'utf8')).toBe('new *');
    expect(readFileSync(join(node.destination, 'app/names/star too'), 'utf8')).toBe('old *');
    expect(readlinkSync(join(node.destination, 'app/link'))).toBe('/elsewhere');
    expect(node.record()).toMatchObject({ state: 'new', who: 'me@here', since: 'noon', lock: LOCK });
    const sent = contents(node.source).filter((line) => /^"\/(app|etc\/)/.test(line));
    const isFile = (line: string) => tools !== 'busybox' || !line.includes('" 4');
    const here = new Set(contents(node.destination));
    // busybox tar knows whole seconds only.
    const missing = tools === 'busybox' ? [] : sent.filter((line) => isFile(line) && !here.has(line));
    expect(missing).toEqual([]);
    expect(readdirSync(node.destination).sort()).toEqual(['app', 'etc', 'unnamed']);
  });

  it.each(TOOLS)('F14: a switch that fails is taken back to the last nanosecond, with %s', (tools) => {
    const node = new RelocationNode(words, tools);
    const roots = prepare(node);
    const before = listing(node.destination);
    const received = node.receive(node.archive(roots));
    expect(received.stdout).toContain('TOKEN STAGED\n');
    // What is to be replaced has a second name in the stage by now; nothing else has changed.
    const unlinked = (line: string) => line.replace(/ \d+( \w{32})$/, '$1');
    const staged = listing(node.destination).filter((line) => !line.includes('.lockstep'));
    const comparable = (line: string) => unlinked(toComparable(tools)(line));
    expect(staged.map(comparable)).toEqual(before.map(comparable));
    const stage = stageOf(received);
    // The last thing that would be put in place has vanished from the stage.
    execFileSync('rm', ['-rf', join(stage, 'tree/unnamed')]);
    const committed = node.commit(stage);
    expect(committed.code).toBe(1);
    expect(committed.stdout).toMatch(/^TOKEN ERROR [^\n]+\nTOKEN EXIT 1\n$/);
    expect(node.record()?.state).toBe('old');
    expect(listing(node.destination).map(toComparable(tools))).toEqual(before.map(toComparable(tools)));
  });
});

describe.each(SHELLS)('a release under %s', (_shell, words) => {
  it.each(TOOLS)('F2: is in place before the link leads to it, and goes after it, with %s', (tools) => {
    const node = new RelocationNode(words, tools);
    const release = (side: string, run: string) => {
      mkdirSync(join(side, 'releases', run), { recursive: true });
      writeFileSync(join(side, 'releases', run, 'a'), run);
      symlinkSync(`releases/${run}`, join(side, 'current'));
    };
    release(node.source, 'second');
    release(node.destination, 'first');
    const stage = stageOf(node.receive(node.archive(['current', 'releases/second'])));
    const records = readFileSync(join(stage, 'plan'), 'utf8').match(
      /(?<=^step \d+ )\w+(?=.*'(current|second)')/gm,
    );
    expect(records).toEqual(['new', 'replace']);
    expect(readlinkSync(join(node.destination, 'current'))).toBe('releases/first');
    expect(node.commit(stage).stdout).toBe('TOKEN COMMITTED\n');
    expect(readlinkSync(join(node.destination, 'current'))).toBe('releases/second');
    expect(readdirSync(join(node.destination, 'releases')).sort()).toEqual(['first', 'second']);
    expect(readdirSync(node.destination).sort()).toEqual(['current', 'releases']);
  });
});

describe.runIf(isRoot).each(SHELLS)('a stage under %s', (_shell, words) => {
  it('S7: that somebody else has put in place of ours is not believed', () => {
    const node = new RelocationNode(words);
    const stage = stageOf(node.receive(node.archive(prepareSmall(node))));
    execFileSync('mv', [stage, `${stage}-away`]);
    mkdirSync(join(stage, 'tree'), { recursive: true, mode: 0o700 });
    writeFileSync(join(stage, 'executor'), `touch '${node.top}/owned'\n`);
    writeFileSync(join(stage, 'plan'), '');
    writeFileSync(join(stage, 'stages'), `${node.source}\n`);
    execFileSync('chown', ['-R', '65534', stage]);
    expect(node.commit(stage).stdout).toMatch(/^TOKEN ERROR .*is not as it was left/);
    expect(existsSync(join(node.top, 'owned'))).toBe(false);
    expect(existsSync(node.source)).toBe(true);
  });
});

describe('a plan refuses before anything changes', () => {
  const refusals: [string, (node: RelocationNode) => string[], RegExp][] = [
    [
      'a file where the upload has a directory',
      (node) => {
        mkdirSync(join(node.source, 'x/y'), { recursive: true });
        mkdirSync(join(node.destination, 'x'));
        writeFileSync(join(node.destination, 'x/y'), 'a file');
        return ['x'];
      },
      /destination\/x\/y is no directory there, but one in the upload/,
    ],
    [
      'a directory where the upload has a file',
      (node) => {
        writeFileSync(join(node.source, 'x'), '');
        mkdirSync(join(node.destination, 'x'));
        return ['x'];
      },
      /destination\/x is a directory there, but none in the upload/,
    ],
    [
      'a symbolic link below a root where the upload has a directory',
      (node) => {
        mkdirSync(join(node.source, 'x/y'), { recursive: true });
        mkdirSync(join(node.destination, 'x'));
        symlinkSync('/tmp', join(node.destination, 'x/y'));
        return ['x'];
      },
      /destination\/x\/y is a symbolic link there/,
    ],
  ];
  it.each(refusals)('F1: %s', (_title, make, reason) => {
    for (const [, words] of SHELLS) {
      const node = new RelocationNode(words);
      const roots = make(node);
      setTimes(node.destination);
      const before = listing(node.destination);
      const received = node.receive(node.archive(roots));
      expect(received.code).toBe(1);
      expect(received.stdout).toMatch(/^TOKEN STAGE .+\nTOKEN ERROR .+\n$/);
      expect(received.stdout).toMatch(reason);
      expect(listing(node.destination)).toEqual(before);
    }
  });

  it.runIf(isRoot)('F1: a directory that the user may not write to, named', () => {
    const node = new RelocationNode(SHELLS[0][1]);
    writeFileSync(join(node.source, 'x'), '');
    node.becomeNobody();
    execFileSync('chown', ['0:0', node.destination]);
    const received = node.receive(node.archive(['x']));
    expect(received.stdout).toMatch(/TOKEN ERROR .*destination\/ is not writable/);
    expect(readdirSync(node.destination)).toEqual([]);
  });
});
