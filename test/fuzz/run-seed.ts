/** One seed: files, an invocation and nodes are made from it, the run is made, and every node is compared with the model. */
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../simulation/random.ts';
import { canRunAgain, runAgain } from './again.ts';
import type { Invocation } from './generate-invocation.ts';
import { judge, nowNs, type RunEnd } from './judge.ts';
import { asLook, changedByLook, toldOtherwise } from './look-first.ts';
import { type Scene, setUp } from './set-up.ts';
import type { TestBed } from './test-bed.ts';

/** Makes a run on these nodes, from CWD. */
export type Send = (invocation: Invocation, beds: readonly TestBed[]) => Promise<RunEnd>;

export interface World {
  readonly beds: readonly TestBed[];
  readonly send: Send;
  /** A dry run comes first, and must say what the run does. */
  readonly looksFirst?: boolean;
}

export interface Verdict extends Scene {
  readonly seed: number;
  /** Empty: all is as it must be. */
  readonly differences: readonly string[];
  readonly end: RunEnd;
  /** How each run of it ended. */
  readonly codes: readonly number[];
}

export async function runSeed({ beds, send, looksFirst }: World, seed: number): Promise<Verdict> {
  const scene = await setUp(beds, seed);
  const { invocation } = scene;
  const look = looksFirst ? await send(asLook(invocation), beds) : undefined;
  const differences = look === undefined ? [] : changedByLook(scene);
  const startedNs = nowNs();
  const end = await send(invocation, beds);
  differences.push(...judge(scene, end, startedNs));
  if (look !== undefined) differences.push(...toldOtherwise(scene, look, end));
  const codes = [end.code];
  const isAgain = new Random(seed * 113).chance(0.3);
  for (const spoils of [false, true]) {
    if (!isAgain || end.code !== 0 || differences.length > 0 || !canRunAgain(scene)) break;
    const again = await runAgain(scene, { seed, send, spoils });
    differences.push(...again.differences);
    codes.push(again.end.code);
    if (differences.length > 0) return { ...scene, seed, differences, end: again.end, codes };
  }
  for (const bed of beds) differences.push(...(await leftProcesses(bed)));
  return { ...scene, seed, differences, end, codes };
}

async function leftProcesses({ node }: TestBed): Promise<string[]> {
  for (let tries = 0; tries < 100; tries++) {
    if (node.strays().length === 0) return [];
    await pause(20);
  }
  return node.strays().map((line) => `${node.kind}: a process is left: ${line.slice(-200)}`);
}
