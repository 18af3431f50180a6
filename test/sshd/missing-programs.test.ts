/** Each program that a run uses on a node, missing in turn: it works without, or says which one is missing where, and leaves nothing. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { oneOf } from '../one-of.ts';
import { expectExit, leftovers, listing, replaceProgram, run, startScene, untilAtRest } from './scene.ts';

const DESTINATION = '/srv/d';
const MODES = {
  '-C': ['-C', 'echo ran'],
  '-i': ['-i', './conf/a', '-C', 'read -r line; echo "$line"'],
  '-U': ['-r', DESTINATION, '-e', '-U', 'conf'],
  '-S': ['-e', '-g', `--to=${DESTINATION}`, '-S', 'conf'],
} as const;
type Mode = keyof typeof MODES;
const ALL: readonly Mode[] = ['-C', '-i', '-U', '-S'];
const FILES: readonly Mode[] = ['-U', '-S'];

let farm: Farm;
let odd: FarmNode;

beforeAll(async () => {
  farm = await startScene(2);
  odd = farm.nodes[1] as FarmNode;
  mkdirSync(join(farm.home, 'conf/sub'), { recursive: true });
  for (const name of ['a', 'sub/b']) writeFileSync(join(farm.home, 'conf', name), 'new\n');
  // An account whose shell is missing cannot log in at all.
  for (const node of farm.nodes) await node.run('usermod -s /bin/sh root; rm -f /root/.bashrc');
});
afterAll(() => farm?.stop());
afterEach(() => untilAtRest(farm.nodes));

const away = (programs: readonly string[]) =>
  programs.map((name) => `file=$(command -v ${name}) && mv "$file" "$file.away"`).join(' && ');
const back = (programs: readonly string[]) =>
  programs
    .map(
      (name) =>
        `for file in /usr/bin/${name} /usr/sbin/${name}; do if [ -e "$file.away" ]; then "$mv" "$file.away" "$file"; fi; done`,
    )
    .join('; ');

async function prepare(): Promise<void> {
  for (const node of farm.nodes) {
    await node.run(
      `rm -rf ${DESTINATION} /run/orgalorg; mkdir -p ${DESTINATION}/conf; echo old >${DESTINATION}/conf/a; cp /usr/bin/mv /root/mv`,
    );
  }
}

/** Runs one mode while programs of one node are missing. */
async function runWithout(programs: readonly string[], words: readonly string[]) {
  await prepare();
  const before = await Promise.all(farm.nodes.map((node) => listing(node, DESTINATION)));
  expect(await odd.run(away(programs))).toMatchObject({ code: 0 });
  try {
    const ran = run(farm, words);
    const { code } = await ran.exited;
    return { ran, code, before };
  } finally {
    expect(await odd.run(`mv=/root/mv; ${back(programs)}`)).toMatchObject({ code: 0 });
  }
}

async function expectNothingLeft(): Promise<void> {
  await untilAtRest(farm.nodes);
  for (const node of farm.nodes) {
    const left = (await leftovers(node))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('/run/orgalorg/'));
    expect(left, node.name).toEqual([]);
    expect(await node.run('flock -n / true')).toMatchObject({ code: 0 });
  }
}

describe('without a program that it can do without', () => {
  const works: (readonly [string, readonly Mode[]])[] = [
    ['head', ALL],
    ['perl', FILES],
    ['python3', FILES],
    ['perl python3', ALL],
    ['stat', ALL],
    ['touch', ALL],
    ['setsid', ALL],
    ['bash', ALL],
    ['tar', ['-C']],
    ['mkdir', ['-C']],
    ['rm', ['-C']],
    ['find', ['-C']],
    ['mv', ['-C']],
    ['grep', ['-C', '-U']],
  ];
  test.each(
    works.flatMap(([programs, modes], at) => oneOf(modes, at).map((mode) => [programs, mode] as const)),
  )('%s, a run of %s does its work on all nodes, and leaves nothing', async (programs, mode) => {
    const { ran, code } = await runWithout(programs.split(' '), MODES[mode]);
    expect(code, ran.stderr).toBe(0);
    expect(ran.stderr).not.toContain('not found');
    if (mode === '-C' || mode === '-i')
      expect(ran.stdout.match(mode === '-C' ? / ran$/gm : / new$/gm)).toHaveLength(2);
    else
      for (const node of farm.nodes)
        expect((await node.run(`cat ${DESTINATION}/conf/a ${DESTINATION}/conf/sub/b`)).stdout).toBe(
          'new\nnew\n',
        );
    await expectNothingLeft();
  });
});

test('F4: with a python3 that does not run, perl proves many files and puts them in place', async () => {
  await prepare();
  mkdirSync(join(farm.home, 'many'));
  for (let at = 0; at < 1_600; at++) writeFileSync(join(farm.home, 'many', `${at}`), `${at}`);
  const broken = 'mv /usr/bin/python3 /root/python3 && printf "#!/bin/sh\\nexit 127\\n" >/usr/bin/python3';
  expect(await odd.run(`${broken} && chmod 755 /usr/bin/python3`)).toMatchObject({ code: 0 });
  try {
    await expectExit(run(farm, ['-r', DESTINATION, '-e', '-U', 'many']), 0);
  } finally {
    await odd.run('mv -f /root/python3 /usr/bin/python3');
  }
  for (const node of farm.nodes)
    expect((await node.run(`ls ${DESTINATION}/many | wc -l`)).stdout).toBe('1600\n');
  await expectNothingLeft();
});

describe('without a program that it needs', () => {
  const fails: (readonly [string, readonly Mode[], number])[] = [
    ['flock', ALL, 69],
    ['sed', ['-C', '-U'], 69],
    ['sleep', ['-C', '-U'], 69],
    ['tar', FILES, 4],
    ['mkdir', FILES, 4],
    ['rm', FILES, 4],
    ['find', FILES, 4],
    ['mv', FILES, 4],
    ['grep', ['-S'], 4],
  ];
  test.each(
    fails.flatMap(([program, modes, code], at) =>
      oneOf(modes, at).map((mode) => [program, mode, code] as const),
    ),
  )(
    '%s, a run of %s ends with %d, names it and the node, changes nothing and leaves nothing',
    async (program, mode, expected) => {
      const { ran, code, before } = await runWithout([program], MODES[mode]);
      expect(code, ran.stderr).toBe(expected);
      expect(ran.stderr).toMatch(
        new RegExp(
          `\\[root@${odd.host}:22\\] (can't acquire lock: )?${program} is not installed on this node`,
        ),
      );
      expect(ran.stderr).not.toContain('not found');
      expect(ran.stdout).toBe('');
      expect(await Promise.all(farm.nodes.map((node) => listing(node, DESTINATION)))).toEqual(before);
      await expectNothingLeft();
    },
  );

  test('sudo, a run with -x ends with 69, and says so', async () => {
    const { ran, code } = await runWithout(['sudo'], ['-x', '-C', 'true']);
    expect(code, ran.stderr).toBe(69);
    expect(ran.stderr).toMatch(
      new RegExp(`\\[root@${odd.host}:22\\] cannot be worked on: sudo refuses: .*not found`),
    );
    await expectNothingLeft();
  });
});

test('a run directory that an account can make nowhere is named, with the reason', async () => {
  const before = '[ -e /run/orgalorg ] && mv /run/orgalorg /run/away';
  await odd.run(`${before}; chown root /home/plain; chmod 755 /home/plain`);
  const ran = await expectExit(run(farm, MODES['-S'], { user: 'plain' }), 4);
  expect(ran.stderr).toContain(
    `[plain@${odd.host}:22] cannot make the run directory /home/plain/.lockstep-runs: Permission denied`,
  );
  await odd.run('chown plain /home/plain; [ -e /run/away ] && mv /run/away /run/orgalorg');
});

test('a directory for run directories that another run makes at the same time serves both', async () => {
  const away = '[ -e /run/orgalorg ] && mv /run/orgalorg /run/away';
  await odd.run(`${away}; rm -rf /home/plain/.lockstep-runs; chown plain /home/plain`);
  const faster = `#!/bin/sh\ncase $* in *.lockstep-runs) /usr/bin/mkdir.real -p /home/plain/.lockstep-runs; esac; exec /usr/bin/mkdir.real "$@"\n`;
  const giveBack = await replaceProgram(odd, '/usr/bin/mkdir', faster);
  await expectExit(run(farm, ['-e', '-g', '--to=up', '-S', 'conf'], { user: 'plain', nodes: [odd] }), 0);
  await giveBack();
  await odd.run('[ -e /run/away ] && mv /run/away /run/orgalorg');
});

test('with all of them back it works as before', async () => {
  await prepare();
  for (const mode of ALL) await expectExit(run(farm, MODES[mode]), 0);
});
