/** What the tests on real nodes share: a farm with the program as it stands, and questions to its nodes. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { type Lockstep, type LockstepOptions, lockstep } from '../farm/lockstep.ts';
import { commandLine, type FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';

/** A farm; the program was built before the first file of this tier. */
export function startScene(nodes: number, sshdConfig: readonly string[] = []): Promise<Farm> {
  return startFarm({ nodes, sshdConfig });
}

export interface RunOptions extends Omit<LockstepOptions, 'farm'> {
  readonly user?: string;
  readonly nodes?: readonly FarmNode[];
}

/** A run on all nodes of a farm, or on those that are named. */
export function run(farm: Farm, args: readonly string[], options: RunOptions = {}): Lockstep {
  const { user = 'root', nodes = farm.nodes, ...rest } = options;
  const targets = nodes.flatMap(({ host }) => ['-o', `${user}@${host}`]);
  return lockstep([...targets, ...args], { farm, ...rest });
}

/** Waits for the end of a run and expects its exit code; a wrong one shows all that the run printed. */
export async function expectExit(ran: Lockstep, code: number): Promise<Lockstep> {
  const ended = await ran.exited;
  expect(ended.code, `${ran.stderr}${ran.stdout}`).toBe(code);
  return ran;
}

/** The command lines of everything on a node that a node at rest does not have. */
export function strays(node: FarmNode): string[] {
  return node.commandLines().filter((line) => line !== '' && !line.includes('sshd -D'));
}

/** The pids, as this machine numbers them, of the processes of a node whose command lines match. */
export function pidsOf(node: FarmNode, pattern: RegExp): number[] {
  return node.pids().filter((pid) => pid !== node.pid && pattern.test(commandLine(pid)));
}

/** Waits until each node has such a process. */
export async function untilAllRun(nodes: readonly FarmNode[], pattern: RegExp): Promise<void> {
  await until(`${pattern} runs everywhere`, () =>
    nodes.every((node) => strays(node).some((line) => pattern.test(line))),
  );
}

/** The pid, as this machine numbers it, of the one process of a node whose command line matches, when it is there. */
export async function pidOf(node: FarmNode, pattern: RegExp): Promise<number> {
  const find = () => node.pids().find((pid) => pid !== node.pid && pattern.test(commandLine(pid)));
  let found: number | undefined;
  await until(`a process ${pattern} on ${node.name}`, () => {
    if (node.commandLines().some((line) => pattern.test(line))) found = find();
    return found !== undefined;
  });
  return found as number;
}

/** The pid, as this machine numbers it, of the process of a node that has that name, when it is there. */
export async function processCalled(node: FarmNode, name: string): Promise<number> {
  let found: number | undefined;
  await until(`${name} on ${node.name}`, () => {
    found = node.pids().find((pid) => commOf(pid) === name);
    return found !== undefined;
  });
  return found as number;
}

export const keeperOf = (node: FarmNode): Promise<number> => processCalled(node, 'lockstep-keeper');

/** Empty for a process that is gone. */
function commOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** The number that a process has on its own node. */
export function pidInside(pid: number): string {
  return /^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
}

/** Waits until this is all that is left: sshd ends a session a moment after the run that has closed it. */
export async function untilOnly(nodes: readonly FarmNode[], lines: readonly string[]): Promise<void> {
  for (const node of nodes) {
    const isAll = () => strays(node).join('\n') === lines.join('\n');
    await until(`only this is left on ${node.name}: ${lines}`, isAll).catch((error: Error) => {
      const left = strays(node).map((line) => line.replace(/^sh -c .* (?=lockstep-\w+ )/s, '').slice(0, 200));
      throw new Error(`${error.message}: ${left.join('; ')}`);
    });
  }
}

/** Waits until a lock on / can be had on every node; how long that took on each (ms). */
export async function untilFree(nodes: readonly FarmNode[]): Promise<number[]> {
  const startedAtMs = performance.now();
  return Promise.all(
    nodes.map(async (node) => {
      const { code } = await node.run(
        'for i in $(seq 15000); do flock -n / true && exit; sleep 0.02; done; exit 1',
      );
      expect(code).toBe(0);
      return performance.now() - startedAtMs;
    }),
  );
}

export const untilAtRest = (nodes: readonly FarmNode[]): Promise<void> => untilOnly(nodes, []);

/** Everything that can be seen of these directories: names, types, modes, owners, mtimes, links and contents. */
export async function listing(node: FarmNode, ...directories: string[]): Promise<string> {
  const places = directories.join(' ');
  const { stdout } = await node.run(
    `find ${places} -printf '%p %y %m %U:%G %T@ %l\n' | sort; find ${places} -type f -exec sha256sum {} + | sort`,
  );
  return stdout;
}

export function listings(nodes: readonly FarmNode[], ...directories: string[]): Promise<string[]> {
  return Promise.all(nodes.map((node) => listing(node, ...directories)));
}

/** Stages and run directories on a node, wherever they are. */
export async function leftovers(node: FarmNode): Promise<string> {
  const { stdout } = await node.run(
    "find / /run -xdev \\( -name '.lockstep-*' -o -path '/run/orgalorg/?*' \\) -prune -print; ls /root/.local/state/lockstep 2>/dev/null",
  );
  return stdout;
}

export async function expectNothingLeft(nodes: readonly FarmNode[]): Promise<void> {
  for (const node of nodes) expect(await leftovers(node), node.name).toBe('');
}

/** Puts a text in the place of a program of the node, which then has `.real` behind its name. */
export async function replaceProgram(
  node: FarmNode,
  path: string,
  text: string,
): Promise<() => Promise<void>> {
  const { code } = await node.run(
    `mv ${path} ${path}.real && printf %s '${text.replaceAll("'", `'\\''`)}' >${path} && chmod 755 ${path}`,
  );
  expect(code).toBe(0);
  return async () => {
    await node.run(`mv -f ${path}.real ${path}`);
  };
}
