/**
 * Kills at random moments: of the controller, of a process on a node, of a node. Whatever dies, each node is wholly old or wholly
 * new when the next run has begun there, nothing is left, and the exit code and the report have told the truth.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type Lockstep, lockstep } from '../farm/lockstep.ts';
import { commandLine } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { Random } from '../simulation/random.ts';
import type { FarmFuzzNode, FarmNodes } from './farm-nodes.ts';
import { CWD } from './generate-invocation.ts';
import { differencesFrom, nowNs } from './judge.ts';
import { runDirectories } from './predict.ts';
import { type Scene, setUp } from './set-up.ts';
import { TestBed } from './test-bed.ts';

/** Commit, kill grace and lease are over by then. */
const QUIET_MS_MAX = 120_000;

/** So that the next run meets what this one left, whatever its destination is. */
const LOCK = ['--lock-file', '/tmp/fuzz.lock'];

export interface KillVerdict {
  readonly seed: number;
  readonly killed: string;
  readonly code: number | null;
  readonly differences: readonly string[];
}

/** Undefined: this seed has no run that must end well, or the kill came too late. */
export async function killOnce(
  farm: FarmNodes,
  beds: readonly TestBed[],
  { seed, usualMs }: { seed: number; usualMs: number },
): Promise<KillVerdict | undefined> {
  const random = new Random(seed + 1_000_000);
  const scene = await setUp(beds, seed);
  if (!isCalm(scene)) return undefined;
  const startedNs = nowNs();
  const ran = start(farm, scene);
  await pause(random.between(0.1, 1.2) * usualMs);
  const killed = await killSomething(random, ran, farm.farmNodes);
  const { code } = await ran.exited;
  await untilQuiet(farm.farmNodes);
  if (killed === undefined) return undefined;
  const told = `${ran.stdout}${ran.stderr}`;
  const next = await runNext(farm, scene);
  const differences = next === '' ? [] : [`the next run failed: ${next}`];
  for (const site of scene.sites) {
    const common = { site, invocation: scene.invocation, startedNs };
    // A run directory goes with a failure, or stays with a success; which of them a kill meets is open.
    const base = JSON.stringify(runDirectories(scene.invocation)).slice(0, -1);
    const besideRuns = (which: 'old' | 'new') =>
      differencesFrom(which, common).filter((line) => !line.startsWith(base) && !line.startsWith('"/run'));
    const [asOld, asNew] = [withoutMoment(besideRuns('old')), besideRuns('new')];
    const looks = { old: asOld.length === 0, new: asNew.length === 0 };
    const { kind } = site.bed.node;
    const shorter = asOld.length <= asNew.length ? asOld : asNew;
    if (!looks.old && !looks.new) {
      differences.push(`${kind} is neither old nor new: ${shorter.slice(0, 3).join('\n')}`);
    }
    differences.push(...untruths(farm, kind, { looks, code, told }));
  }
  if (differences.length > 0) differences.push(told);
  return { seed, killed, code, differences };
}

/** Between the making of a stage and the setting back of its directory's time there is a moment, as docs/PROMISES.md says. */
function withoutMoment(lines: string[]): string[] {
  return lines.length === 1 && /: mtime\n.*\n.*\bis {5}directory /.test(lines[0] ?? '') ? [] : lines;
}

/** Every node must become new, nothing stands in the way, and the destination is there. */
function isCalm({ request, invocation, sites }: Scene): boolean {
  const { place, mode } = invocation;
  if (request === undefined || mode === 'command') return false;
  return sites.every(
    ({ prediction, before, state }) =>
      prediction?.after !== undefined &&
      prediction.reasons.length === 0 &&
      state.mounts.length === 0 &&
      (place === undefined || before.has(place.path)),
  );
}

function start(farm: FarmNodes, { invocation }: Scene): Lockstep {
  const { account, argv } = invocation;
  const targets = farm.farmNodes.flatMap(({ node }) => ['-o', `${account}@${node.host}`]);
  const ran = lockstep([...targets, ...LOCK, ...argv], { farm: farm.farm, cwd: CWD });
  ran.endInput();
  return ran;
}

/** What was killed, and how; undefined: it had ended already. */
async function killSomething(
  random: Random,
  ran: Lockstep,
  nodes: readonly FarmFuzzNode[],
): Promise<string | undefined> {
  const what = random.pick(['controller', 'controller', 'process', 'process', 'process', 'node']);
  if (isGone(ran)) return undefined;
  if (what === 'controller') {
    const signal = random.pick(['SIGKILL', 'SIGTERM', 'SIGINT'] as const);
    ran.kill(signal);
    return `${signal} of the controller`;
  }
  const node = random.pick(nodes);
  if (what === 'node') {
    await node.node.kill();
    await node.node.boot();
    return `power off of the ${node.kind} node`;
  }
  const pids = node.node
    .pids()
    .filter((pid) => pid !== node.node.pid && !/sshd.*(-D|listener)/.test(commandLine(pid)));
  if (pids.length === 0) return undefined;
  const pid = random.pick(pids);
  const line = commandLine(pid);
  if (line === '') return undefined;
  process.kill(pid, 'SIGKILL');
  return `SIGKILL on the ${node.kind} node of ${line.replace(/^sh -c .* (?=lockstep-\w+ )/s, '').slice(0, 120)}`;
}

function isGone({ pid }: Lockstep): boolean {
  return commandLine(pid) === '';
}

async function untilQuiet(nodes: readonly FarmFuzzNode[]): Promise<void> {
  await until('nothing runs on the nodes', () => nodes.every((node) => node.strays().length === 0), {
    timeoutMs: QUIET_MS_MAX,
    pauseMs: 50,
  });
}

/** Another small upload under the same lock, by the same account; what went wrong with it. */
async function runNext(farm: FarmNodes, { invocation }: Scene): Promise<string> {
  const { account, sudo } = invocation;
  const home = '/srv/next';
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
  writeFileSync(`${home}/next`, 'next');
  const targets = farm.farmNodes.flatMap(({ node }) => ['-o', `${account}@${node.host}`]);
  const options = [...(sudo ? ['-x'] : []), ...LOCK, '-e', '-r', `/tmp/next-${account}`, '-U', 'next'];
  const ran = lockstep([...targets, ...options], { farm: farm.farm, cwd: home });
  ran.endInput();
  const { code } = await ran.exited;
  await untilQuiet(farm.farmNodes);
  return code === 0 ? '' : `exit code ${code}: ${ran.stdout}${ran.stderr}`;
}

/** What exit code and report say of a node, and is not so. */
function untruths(
  { farmNodes }: FarmNodes,
  kind: string,
  { looks, code, told }: { looks: { old: boolean; new: boolean }; code: number | null; told: string },
): string[] {
  const host = farmNodes.find((node) => node.kind === kind)?.node.host ?? '';
  const lines: string[] = [];
  if (code === 0 && !looks.new) lines.push(`exit code 0, and ${kind} is not new`);
  if (code === 4 && !looks.old) lines.push(`exit code 4, and ${kind} is not old`);
  for (const [, word, names] of told.matchAll(/wholly (new|old): ([^;\n]*)/g)) {
    if (names?.includes(`@${host}:`) && !looks[word as 'old' | 'new'])
      lines.push(`${kind} was called wholly ${word}, and is not`);
  }
  return lines;
}

/** Runs so many kills; 0: all is well. */
export async function runKills(farm: FarmNodes, count: number, first: number): Promise<number> {
  const beds = farm.nodes.map((node) => new TestBed(node));
  const codes = new Map<string, number>();
  const usualMs = await measureRun(farm, beds);
  let done = 0;
  let failed = 0;
  let isEnded = false;
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => (isEnded = true));
  for (let seed = first; done < count && !isEnded; seed++) {
    const verdict = await killOnce(farm, beds, { seed, usualMs });
    if (verdict === undefined) continue;
    done += 1;
    const { killed, code, differences } = verdict;
    codes.set(`${code}`, (codes.get(`${code}`) ?? 0) + 1);
    if (differences.length === 0) continue;
    failed += 1;
    console.log(`seed ${seed}: ${killed}; exit code ${code}`);
    for (const line of differences) console.log(`  ${line.slice(0, 2_000).replaceAll('\n', '\n    ')}`);
  }
  const ends = [...codes].sort().map(([code, often]) => `exit ${code}: ${often}`);
  console.log(`${done} kills, ${failed} with a difference; ${ends.join(', ')}`);
  return failed === 0 ? 0 : 1;
}

async function measureRun(farm: FarmNodes, beds: readonly TestBed[]): Promise<number> {
  for (let seed = 1; ; seed++) {
    const scene = await setUp(beds, seed);
    if (!isCalm(scene)) continue;
    const startedAtMs = performance.now();
    await start(farm, scene).exited;
    return performance.now() - startedAtMs;
  }
}
