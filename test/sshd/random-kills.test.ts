// @module-tag slow
/** F1, F13: something is killed at a random moment of a sync of 2,000 files, and each node is wholly old or wholly new. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { Lockstep } from '../farm/lockstep.ts';
import { commandLine, type FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { often } from '../often.ts';
import { Random } from '../simulation/random.ts';
import { expectExit, leftovers, run, startScene, untilAtRest } from './scene.ts';
import { sh } from './trees.ts';

const KILLS = often(3, 200);
const FILES = 2_000;
const NODES = 5;
const seed = Number(process.env.PROPERTY_SEED) || 1;

/** A leash so short that a node is at rest soon. */
const TIMES = ['--heartbeat', '1s', '--lease', '5s', '--kill-grace', '1s'];

/** What may be killed, and which processes of a node that is; ours have given themselves names. */
const VICTIMS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a worker', /lockstep-hand/],
  [
    'what a worker runs',
    /^(tar|perl|python3|\/usr\/bin\/(tar|perl|python3)|sha256sum|openssl|sh -c)\b(?!.*lockstep-(keeper|job|timer))/,
  ],
  ['the keeper', /lockstep-keeper/],
  ['what a keeper has started', /lockstep-(job|timer)/],
  ['the connection', /^sshd: root@|^sshd-session: root@/],
];

let farm: Farm;
let usualMs = 0;

beforeAll(async () => {
  farm = await startScene(NODES);
  // Its plans are carried out by perl; those with both take python for so many. By sh alone that takes long, and the fuzz kills there.
  await farm.nodes[3]?.run('rm /usr/bin/python3');
  await farm.nodes[4]?.run('rm /usr/bin/perl');
  makeVersion(0);
  const startedAtMs = performance.now();
  await expectExit(sync(), 0);
  usualMs = performance.now() - startedAtMs;
});
afterAll(() => farm?.stop());

/** Each file is another one than in the version before; a directory is new, and another one has new attributes. */
function makeVersion(version: number): void {
  const top = join(farm.home, 'app');
  rmSync(top, { recursive: true, force: true });
  for (let at = 0; at < FILES; at++) {
    const place = at % 10 === 0 ? `new-${version % 3}/${at % 7}` : `d${at % 40}/e${at % 3}`;
    const path = join(top, place, `file ${at}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `version ${version} of ${at}\n`, { mode: version % 2 === 0 ? 0o644 : 0o640 });
  }
  const words = `chmod ${version % 2 === 0 ? 755 : 711} app/d1; touch -d @${1e9 + version}.5 app app/d*`;
  sh(farm.home, words);
}

const sync = () => run(farm, [...TIMES, '-r', '/srv', '-e', '-U', 'app'], { cwd: farm.home });

type View = ReadonlyMap<string, string>;

/** Type, mode, owner, time and sum of each name. */
const LOOK = `find app -printf '%p\\t%y %m %U:%G %T@ %l\\n'; find app -type f -exec sha256sum {} +`;

const viewHere = () => viewOf(sh(farm.home, LOOK).toString());

async function viewOn(node: FarmNode): Promise<View> {
  return viewOf((await node.run(`cd /srv; ${LOOK}`)).stdout);
}

function viewOf(text: string): View {
  const view = new Map<string, string>();
  for (const line of text.trimEnd().split('\n')) {
    const [, path, facts] = /^([^\t]*)\t(.*)$/.exec(line) ?? [];
    if (path !== undefined) view.set(path, facts ?? '');
    else view.set(line.slice(66), `${view.get(line.slice(66))} ${line.slice(0, 64)}`);
  }
  return view;
}

/** Names that are not as in `wanted`. */
function unlike(view: View, wanted: View): string[] {
  const names = new Set([...view.keys(), ...wanted.keys()]);
  return [...names].filter((name) => view.get(name) !== wanted.get(name));
}

/** Of the whole, or from where the first node commits, which takes a small part of the time. */
async function someMoment(random: Random, ran: Lockstep): Promise<string> {
  const ms = Math.round(random.between(0.05, 1.1) * usualMs);
  if (random.chance(0.5)) {
    await pause(ms);
    return `${ms} of ${Math.round(usualMs)} ms`;
  }
  const commits = (pid: number) => /lockstep-hand \S+ p /.test(commandLine(pid));
  let hasEnded = false;
  void ran.exited.then(() => {
    hasEnded = true;
  });
  const isDone = () => hasEnded || farm.nodes.some((node) => node.pids().some(commits));
  await until('a node commits', isDone, { pauseMs: 1 });
  await pause(ms / 5);
  return `${Math.round(ms / 5)} ms from the commit on`;
}

/** What was killed; undefined where nothing of that kind was there. */
function killSomething(random: Random, ran: Lockstep): string | undefined {
  if (random.chance(0.3)) {
    const signal = random.pick(['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const);
    ran.kill(signal);
    return `${signal} of the controller`;
  }
  const node = random.pick(farm.nodes);
  const [what, pattern] = random.pick(VICTIMS);
  const found = node.pids().filter((pid) => pid !== node.pid && pattern.test(commandLine(pid)));
  if (found.length === 0) return undefined;
  try {
    process.kill(random.pick(found), 'SIGKILL');
  } catch {
    return undefined;
  }
  return `SIGKILL of ${what} on ${node.name}`;
}

/** One sync in which something is killed, and the next run; how it ended, or undefined where nothing was killed. */
async function killOnce(
  random: Random,
  old: readonly View[],
): Promise<{ readonly end: string | undefined; readonly views: readonly View[] }> {
  const ran = sync();
  ran.endInput();
  const moment = await someMoment(random, ran);
  const killed = killSomething(random, ran);
  const { code } = await ran.exited;
  await untilAtRest(farm.nodes);
  // It cleans up what this one has left.
  await expectExit(run(farm, ['-r', '/srv', '-C', 'true']), 0);
  await untilAtRest(farm.nodes);
  const fresh = viewHere();
  const ends = await Promise.all(
    farm.nodes.map(async (node, at) => {
      const [view, before] = [await viewOn(node), old[at] as View];
      const isOld = unlike(view, before).length === 0;
      const isNew = unlike(view, new Map([...before, ...fresh])).length === 0;
      const how = `${killed} after ${moment}, exit code ${code}, ${node.name}`;
      expect(isOld || isNew, `${how}\n${ran.stderr}`).toBe(true);
      if (code === 0) expect(isNew, how).toBe(true);
      if (code === 4) expect(isOld, how).toBe(true);
      expect(await leftovers(node), how).toBe('');
      return { view, is: isNew ? 'new' : 'old' };
    }),
  );
  const kinds = [...new Set(ends.map(({ is }) => is))].sort().join(' and ');
  const end = killed && `${killed}: exit code ${code}, ${kinds}`;
  return { end, views: ends.map(({ view }) => view) };
}

test(`F1, F13: after each of ${KILLS} kills every node of ${NODES} has all of the old or all of the new tree, and nothing else`, async () => {
  const random = new Random(seed);
  const ends = new Map<string, number>();
  let old: readonly View[] = await Promise.all(farm.nodes.map(viewOn));
  for (let version = 1, done = 0; done < KILLS; version++) {
    makeVersion(version);
    const { end, views } = await killOnce(random, old);
    old = views;
    if (end === undefined) continue;
    done++;
    const kind = end.replace(/ on node-\d/, '');
    ends.set(kind, (ends.get(kind) ?? 0) + 1);
  }
  const told = [...ends].sort().map(([kind, count]) => `${kind}: ${count}`);
  console.log(`${KILLS} kills\n${told.join('\n')}`);
}, 7_200_000);
