/** One seed: files, an invocation and nodes are made from it, the run is made, and every node is compared with the model. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../simulation/random.ts';
import { compare } from './compare.ts';
import { Disk, type Expected, Refused } from './disk.ts';
import { generateDestination, type NodeState, type Wanted } from './generate-destination.ts';
import { CWD, generateInvocation, type Invocation } from './generate-invocation.ts';
import { generateTree } from './generate-tree.ts';
import { ACCOUNTS, KINDS } from './local-node.ts';
import { someNames } from './names.ts';
import { type Prediction, predict, RUN, runDirectories, runDirectory, workingUid } from './predict.ts';
import { type Request, requestOf } from './sent.ts';
import type { TestBed } from './test-bed.ts';
import { type Facts, makeTree, readTree, type Specs, type Tree } from './tree.ts';

/** How a run ended. */
export interface RunEnd {
  readonly code: number;
  /** What it told. */
  readonly text: string;
}

/** Makes a run on these nodes, from CWD. */
export type Send = (invocation: Invocation, beds: readonly TestBed[]) => Promise<RunEnd>;

export interface World {
  readonly beds: readonly TestBed[];
  readonly send: Send;
}

export interface Verdict {
  readonly seed: number;
  /** Empty: all is as it must be. */
  readonly differences: readonly string[];
  readonly end: RunEnd;
  readonly specs: Specs;
  readonly invocation: Invocation;
  readonly sites: readonly Site[];
}

/** A node before and after a run. */
export interface Site {
  readonly bed: TestBed;
  readonly state: NodeState;
  readonly before: Tree;
  readonly prediction: Prediction | undefined;
}

export async function runSeed(world: World, seed: number): Promise<Verdict> {
  const random = new Random(seed);
  const names = someNames(random);
  const specs = generateTree(random, names);
  const invocation = generateInvocation(random, specs);
  const source = makeSource(specs);
  const request = requestOf(invocation, source);
  const sites = await Promise.all(
    world.beds.map(async (bed): Promise<Site> => {
      const state = stateFor(seed, { bed, invocation, request, names });
      await bed.reset();
      await bed.prepare(state);
      const before = bed.read();
      const prediction =
        request === undefined
          ? undefined
          : predict({ invocation, request, state, before, kind: bed.node.kind });
      return { bed, state, before, prediction };
    }),
  );
  const startedNs = nowNs();
  const end = await world.send(invocation, world.beds);
  const differences = judge({ invocation, request, sites, end, startedNs });
  for (const { bed } of sites) differences.push(...(await leftProcesses(bed)));
  return { seed, differences, end, specs, invocation, sites };
}

function makeSource(specs: Specs): Tree {
  rmSync(CWD, { recursive: true, force: true });
  mkdirSync(CWD, { recursive: true });
  chmodSync(CWD, 0o755);
  makeTree(CWD, specs);
  return readTree(CWD, ['']);
}

/** The same for a kind of node, whichever others take part. */
function stateFor(
  seed: number,
  {
    bed,
    invocation,
    request,
    names,
  }: { bed: TestBed; invocation: Invocation; request: Request | undefined; names: readonly string[] },
): NodeState {
  const random = new Random(seed * 101 + KINDS.indexOf(bed.node.kind));
  const { account, place } = invocation;
  const wanted = new Map<string, Wanted>();
  for (const { path, facts } of request?.sent ?? []) {
    const type = facts?.type;
    wanted.set(path, {
      type: type === 'file' || type === 'symlink' ? type : 'directory',
      isNamed: facts !== undefined,
    });
  }
  const destination =
    place?.path ?? (request === undefined || request.isAbsolute ? '/' : ACCOUNTS[account].home);
  return generateDestination(random, {
    wanted,
    destination,
    place,
    names,
    account,
    uid: workingUid(invocation),
  });
}

interface Judgement {
  readonly invocation: Invocation;
  readonly request: Request | undefined;
  readonly sites: readonly Site[];
  readonly end: RunEnd;
  readonly startedNs: bigint;
}

function judge({ invocation, request, sites, end, startedNs }: Judgement): string[] {
  const mustFail = sites.some(({ prediction }) => prediction?.after === undefined);
  const reasons = sites.flatMap(({ prediction }) => prediction?.reasons ?? []);
  const differences: string[] = [];
  if (request === undefined && end.code !== 64) differences.push(`exit code ${end.code}, must be 64`);
  else if (end.code === 0 && mustFail) differences.push(`it must be refused: ${reasons.join('; ')}`);
  else if (end.code !== 0 && request !== undefined) {
    if (!mustFail && reasons.length === 0)
      differences.push(`exit code ${end.code}, and nothing was in the way`);
    else if (!refusalCodes(invocation, request).includes(end.code)) {
      differences.push(`exit code ${end.code} is none of a refusal: ${reasons.join('; ')}`);
    }
  }
  const endedNs = nowNs();
  // How it should have looked is not known.
  if (end.code === 0 && mustFail) return differences;
  for (const { bed, state, before, prediction } of sites) {
    const isNew = end.code === 0 && prediction?.after !== undefined;
    const expected = isNew ? prediction.after : unchanged(invocation, before, state);
    const after = withoutRunId(bed.read(), invocation, expected);
    const found = compare({
      before,
      after,
      expected,
      startedNs,
      endedNs,
      isCoarse: bed.node.kind === 'busybox',
      mayPart: state.mounts.length > 0,
    });
    const word = isNew ? 'new' : 'as it was';
    differences.push(...found.map((line) => `${bed.node.kind} must be ${word}: ${line}`));
  }
  return differences;
}

function refusalCodes({ mode }: Invocation, { bytes }: Request): number[] {
  return [4, 69, 75, ...(mode === 'shipped' ? [1] : []), ...(bytes > 3_500 ? [64] : [])];
}

/** A destination that was made for the run and taken away again leaves its trace in the time of the directory above. */
function unchanged(invocation: Invocation, before: Tree, state: NodeState): ReadonlyMap<string, Expected> {
  const touched = new Disk({ before, state, uid: workingUid(invocation) });
  try {
    if (invocation.place !== undefined) touched.madeDirectory(invocation.place.path);
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
  }
  if (usesRunDirectory(invocation)) touched.makeRunDirectory(runDirectory(invocation));
  return new Map(
    [...before].map(([path, facts]) => {
      const isTouched =
        typeof touched.get(path)?.mtimeNs === 'string' || mayKeepTrace(facts, workingUid(invocation));
      return [path, isTouched ? { ...facts, mtimeNs: 'any' } : facts];
    }),
  );
}

/** Whoever stages in another's directory cannot set its time back. */
function mayKeepTrace({ type, uid: owner, gid, mode }: Facts, uid: number): boolean {
  if (type !== 'directory' || uid === 0 || uid === owner) return false;
  return (mode & (gid === uid ? 0o020 : 0o002)) !== 0;
}

function usesRunDirectory({ mode, place }: Invocation): boolean {
  return mode === 'shipped' || (mode === 'command' && place === undefined);
}

/** What lies in the one run directory is named as in the model; the directory of run directories may stay behind, empty. */
function withoutRunId(after: Tree, invocation: Invocation, expected: ReadonlyMap<string, Expected>): Tree {
  if (!usesRunDirectory(invocation)) return after;
  const base = runDirectories(invocation);
  const runs = [...after.keys()].filter(
    (path) => path.startsWith(`${base}/`) && !path.slice(base.length + 1).includes('/'),
  );
  const [run = ''] = runs;
  const isEmpty = runs.length === 0 && !expected.has(base);
  return new Map(
    [...after].flatMap(([path, facts]) => {
      if (isEmpty && path === base) return [];
      const isInside = runs.length === 1 && (path === run || path.startsWith(`${run}/`));
      return [[isInside ? `${base}/${RUN}${path.slice(run.length)}` : path, facts]];
    }),
  );
}

async function leftProcesses({ node }: TestBed): Promise<string[]> {
  for (let tries = 0; tries < 100; tries++) {
    if (node.strays().length === 0) return [];
    await pause(20);
  }
  return node.strays().map((line) => `${node.kind}: a process is left: ${line.slice(-200)}`);
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
