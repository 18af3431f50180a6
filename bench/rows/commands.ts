/** Rows whose work is a command: connecting, locking, running, printing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quote } from '../../src/node/quote.ts';
import type { Field, Site } from '../field.ts';
import { available } from '../peers.ts';
import { commandPeers, customPeers, floorExec, lockstep } from '../tools.ts';
import type { Bar, Case, Contender, Row } from '../work.ts';
import { barsAgainstOrgalorg } from './orgalorg.ts';
import { upTo } from './sizes.ts';

/** Much slower than the others, and known for it. */
const ansibleNodesMax = 200;

const memoryMbMax = 110;

export const uptime: Row = {
  id: 'a',
  title: 'uptime',
  sizes: (asked) => asked,
  cases(field, nodes) {
    const site = field.site(nodes);
    const check = allAnswer(nodes);
    const contenders = commandContenders(field, site, 'uptime');
    return [
      {
        row: 'a',
        title: `uptime on ${nodes} nodes`,
        nodes,
        baseline: 'floor-exec',
        contenders: contenders.map((contender) => ({ ...contender, check })),
        bars: [
          { contender: 'lockstep -y', quantity: 'wallMs', most: 1.2, of: 'floor-exec' },
          { contender: 'lockstep -y', quantity: 'cpuMs', most: 2, of: 'floor-exec' },
          { contender: 'lockstep -y', quantity: 'largestMb', most: memoryMbMax },
          { contender: 'lockstep', quantity: 'wallMs', most: 1.1, of: 'lockstep -y' },
          { contender: 'lockstep', quantity: 'largestMb', most: memoryMbMax },
          ...barsAgainstOrgalorg(contenders, { withLock: 1, withoutLock: 1.25 }),
        ],
        notes: nodes > ansibleNodesMax ? [`ansible runs on at most ${ansibleNodesMax} nodes here`] : [],
      },
    ];
  },
};

export const lockAndRelease: Row = {
  id: 'e',
  title: 'lock and release',
  sizes: upTo([3, 100, 1000]),
  cases(field, nodes) {
    const site = field.site(nodes);
    return [
      {
        row: 'e',
        title: `lock and release on ${nodes} nodes`,
        nodes,
        // What comes closest without a lock that is global: each node locks for itself, while the command runs.
        baseline: 'floor-exec flock',
        contenders: [
          { name: 'lockstep', command: lockstep(field, site, ['-C', 'true']), output: 'file' },
          { name: 'lockstep -y', command: lockstep(field, site, ['-y', '-C', 'true']), output: 'file' },
          { name: 'floor-exec flock', command: floorExec(field, site, 'flock -n / true'), output: 'file' },
          ...customPeers(field, { site, command: 'true' }).map((peer) => ({
            ...peer,
            output: 'file' as const,
          })),
        ],
        bars: [],
      },
    ];
  },
};

export const output: Row = {
  id: 'f',
  title: '10 MB of output from each node',
  sizes: upTo([50]),
  cases(field, nodes) {
    const site = field.site(nodes);
    const bytes = Math.round(100_000 * field.options.scale) * 100;
    const setUp = async () => {
      const lines = Buffer.from(`${'x'.repeat(99)}\n`.repeat(bytes / 100));
      for (const { directory } of site.nodes) writeFileSync(join(directory, 'srv/lines'), lines);
    };
    const contenders = commandContenders(field, site, 'cat /srv/lines').filter(
      ({ name }) => name !== 'ansible',
    );
    const about = `${bytes / 1e6} MB of lines from each of ${nodes} nodes`;
    const shared = { row: 'f', nodes, baseline: 'floor-exec', bars: [], setUp };
    return [
      {
        ...shared,
        title: `${about} to /dev/null`,
        contenders: contenders.map((contender) => ({ ...contender, output: 'null' })),
      },
      {
        ...shared,
        title: `${about} into a pipe to wc`,
        contenders: contenders.map(({ name, command }) => ({
          name,
          command: `(${command}) | wc -c`,
          output: 'file',
          check: (stdout) =>
            Number(stdout) >= nodes * bytes ? undefined : `only ${stdout.trim()} bytes came`,
        })),
      },
    ];
  },
};

export const startUp: Row = {
  id: 'g',
  title: '--version',
  sizes: () => [0],
  cases({ directory }) {
    const repeats = 10;
    const tenTimes = (command: string): Contender['command'] =>
      `for i in 0 1 2 3 4 5 6 7 8 9; do ${command} || exit; done`;
    const program = join(directory, 'lockstep/bin/lockstep.js');
    return [
      {
        row: 'g',
        title: '--version (one of ten in a row)',
        nodes: 0,
        baseline: 'node -e 0',
        contenders: [
          { name: 'lockstep', command: tenTimes(`node ${program} --version`), output: 'file', repeats },
          { name: 'node -e 0', command: tenTimes('node -e 0'), output: 'file', repeats },
        ],
        bars: [{ contender: 'lockstep', quantity: 'wallMs', most: 1.67, of: 'node -e 0' }],
      },
    ];
  },
};

export const barriers: Row = {
  id: 'i',
  title: 'a sync with two barriers',
  sizes: (asked) => [Math.max(...asked)],
  cases(field, nodes): Case[] {
    const site = field.site(nodes);
    const library = read('../../sync-tool/lib/lockstep.sh');
    const bar: Bar = { contender: 'two barriers', quantity: 'wallMs', most: 3, of: '-C true' };
    const sync = (name: string, tool: string): Contender => {
      // In a file, so that the command can be read.
      const path = join(field.directory, `${name.replaceAll(/\W+/g, '-')}.sh`);
      writeFileSync(path, tool);
      const command = `${lockstep(field, site, ['-S', '--no-upload', '-n'])} "$(cat ${quote(path)})"`;
      return { name, command, output: 'file' };
    };
    return [
      {
        row: 'i',
        title: `a sync with two barriers on ${nodes} nodes`,
        nodes,
        baseline: '-C true',
        contenders: [
          sync('two barriers', `exec perl -e ${quote(read('../two-barriers.pl'))}`),
          // A shell reads byte by byte: on a machine that all nodes share, this is what its time goes to.
          sync('two barriers, sh', `${library}\nhello && nodes && wait_for_all one && wait_for_all two`),
          { name: '-C true', command: lockstep(field, site, ['-C', 'true']), output: 'file' },
        ],
        bars: [bar],
      },
    ];
  },
};

/** Checks the output of `uptime`: did all who were asked answer? */
export function allAnswer(asked: number): (stdout: string) => string | undefined {
  return (stdout) => {
    const answers = stdout.split('load average').length - 1;
    return answers === asked ? undefined : `${answers} of ${asked} answers came`;
  };
}

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
}

/** Everybody who can run a command on many nodes. */
function commandContenders(field: Field, site: Site, command: string): Contender[] {
  const nodes = site.nodes.length;
  const peers = available(Object.keys(commandPeers)).filter(
    (name) => name !== 'ansible' || nodes <= ansibleNodesMax,
  );
  const named: [string, string | undefined][] = [
    ['lockstep', lockstep(field, site, ['-C', command])],
    ['lockstep -y', lockstep(field, site, ['-y', '-C', command])],
    ['floor-exec', floorExec(field, site, command)],
    ...peers.map((name): [string, string | undefined] => [name, commandPeers[name]?.(field, site, command)]),
    ...customPeers(field, { site, command }).map(({ name, command }): [string, string] => [name, command]),
  ];
  return named.flatMap(([name, text]) =>
    text === undefined ? [] : [{ name, command: text, output: 'file' as const }],
  );
}
