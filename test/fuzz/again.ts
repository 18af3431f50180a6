/** The same run again: on nodes that have all it sends nothing and changes nothing; then, after a dry run, on nodes that were changed behind its back. */
import {
  appendFileSync,
  chmodSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { Random } from '../simulation/random.ts';
import { isAlwaysThere } from './generate-destination.ts';
import type { Place } from './generate-invocation.ts';
import { judge, nowNs, type RunEnd, UNLOOKED } from './judge.ts';
import { ACCOUNTS, KINDS } from './local-node.ts';
import { asLook, changedByLook, toldOtherwise } from './look-first.ts';
import { predict } from './predict.ts';
import type { Send } from './run-seed.ts';
import type { Scene, Site } from './set-up.ts';
import type { TestBed } from './test-bed.ts';
import type { Facts } from './tree.ts';

/** What is not as it must be, and how the last run ended. `spoils`: nodes are changed first. */
export async function runAgain(
  scene: Scene,
  { seed, send, spoils }: { seed: number; send: Send; spoils: boolean },
): Promise<{ differences: string[]; end: RunEnd }> {
  const { invocation } = scene;
  const beds = scene.sites.map(({ bed }) => bed);
  if (spoils)
    for (const bed of beds)
      spoil(new Random(seed * 109 + KINDS.indexOf(bed.node.kind)), bed, invocation.place);
  const again: Scene = { ...scene, sites: scene.sites.map((site) => asItIs(scene, site)) };
  const look = spoils ? await send(asLook(invocation), beds) : undefined;
  const found = look === undefined ? [] : changedByLook(again);
  const startedNs = nowNs();
  const end = await send(invocation, beds);
  found.push(...judge(sendsUnlooked(end) ? mayBeRefused(again) : again, end, startedNs));
  if (look !== undefined && !invocation.sendsAll) found.push(...toldOtherwise(again, look, end));
  if (!spoils && !invocation.sendsAll && isExact(again, end)) {
    if (end.code !== 0 || !end.text.includes('nothing to send')) found.push('something was sent again');
    found.push(...changedByLook(again));
  }
  const which = spoils ? 'run on what was changed' : 'second run';
  return { differences: found.map((line) => `${which}: ${line}`), end };
}

function sendsUnlooked({ text }: RunEnd): boolean {
  return UNLOOKED.some((words) => text.includes(words));
}

/** What is sent whole since nobody may read it may meet a directory that nobody may write to, though nothing there is to change. */
function mayBeRefused(scene: Scene): Scene {
  const sites = scene.sites.map(({ prediction, ...site }) => ({
    ...site,
    prediction: prediction && { ...prediction, reasons: [...prediction.reasons, ...UNLOOKED] },
  }));
  return { ...scene, sites };
}

/** Another run directory has all anew; the shipped tool puts all in place. */
export function canRunAgain({ invocation: { mode, place }, request }: Scene): boolean {
  if (request === undefined || mode === 'shipped') return false;
  return place !== undefined || request.isAbsolute || mode === 'upload';
}

/** Each release is new; and not where a node cannot be asked, keeps no times, or has two of the directories as one. */
function isExact({ sites, invocation }: Scene, end: RunEnd): boolean {
  if (invocation.release !== undefined) return false;
  if (sendsUnlooked(end)) return false;
  return sites.every(({ bed, before }) => {
    const isLinked = [...before.values()].some(({ type }) => type === 'symlink');
    return bed.node.kind !== 'busybox' && !isLinked;
  });
}

function asItIs({ invocation, request }: Scene, { bed, state }: Site): Site {
  const before = bed.read();
  const question = { invocation, state, before, kind: bed.node.kind };
  return { bed, state, before, prediction: request && predict({ ...question, request }) };
}

type Change = (place: string, facts: Facts, random: Random) => void;

/** Some names are changed, each in a way of its type. What an immutable file or a mount refuses stays as it is. */
function spoil(random: Random, bed: TestBed, place: Place | undefined): void {
  const way = [place?.path, ...(place?.links.flat() ?? []), ...(place?.directories ?? [])];
  const isOnWay = (path: string) => way.some((at) => at === path || at?.startsWith(`${path}/`));
  // Records of runs lie in a home, run directories are no tree, what is always there is not made anew, and what -r says would
  // mean something else.
  const paths = [...bed.read()].filter(
    ([path]) =>
      path.length < 1_000 &&
      !path.includes('/.local') &&
      !isAlwaysThere(path) &&
      path !== '/run' &&
      !/^\/run\/orgalorg|\.lockstep-runs/.test(path) &&
      !isOnWay(path),
  );
  const linked = paths.filter(([path, { inode }]) =>
    paths.some(([other, facts]) => other !== path && facts.inode === inode),
  );
  for (let count = random.whole(1, 4); count > 0 && paths.length > 0; count--) {
    const isLinked = linked.length > 0 && random.chance(0.5);
    const [path, facts] = random.pick(isLinked ? linked : paths);
    const changes = [...COMMON, ...(OF_TYPE[facts.type] ?? [])];
    const change = isLinked && random.chance(0.5) ? makeItsOwn : random.pick(changes);
    try {
      change(`${bed.node.directory}${path}`, facts, random);
    } catch {}
  }
}

const COMMON: readonly Change[] = [
  (place, { type }, random) => {
    if (type !== 'symlink') chmodSync(place, random.pick([0o600, 0o644, 0o755, 0o2755, 0o4755, 0o777]));
  },
  (place, _, random) => lchownSync(place, random.pick([0, 1234, ACCOUNTS.plain.uid]), random.pick([0, 1002])),
  (place, { mtimeNs }) => setTime(place, mtimeNs + 3_000_000_000n),
  (place, { mtimeNs }) => setTime(place, mtimeNs - (mtimeNs % 1_000_000_000n)),
  (place) => rmSync(place, { recursive: true }),
  (place) => renameSync(place, `${place}~`),
];

const OF_TYPE: Partial<Record<Facts['type'], readonly Change[]>> = {
  file: [
    (place) => appendFileSync(place, 'x'),
    // As long as it was, and of the same time where that is not finer than a call can set it.
    (place, { mtimeNs }) => {
      writeFileSync(place, readFileSync(place).fill('#', 0, 1));
      setTime(place, mtimeNs);
    },
    (place) => linkSync(place, `${place}.2`),
    makeItsOwn,
    // Two names for one file.
    (place) => {
      rmSync(place);
      linkSync(`${place}.2`, place);
    },
    (place) => {
      rmSync(place);
      symlinkSync('x', place);
    },
  ],
  directory: [(place) => writeFileSync(`${place}/more`, 'more'), (place) => mkdirSync(`${place}/more.d`)],
  symlink: [
    (place) => {
      rmSync(place);
      symlinkSync('elsewhere', place);
    },
  ],
};

/** A file with the same contents, which is no other name of another. */
function makeItsOwn(place: string, { uid, gid, mode, mtimeNs }: Facts): void {
  const contents = readFileSync(place);
  rmSync(place);
  writeFileSync(place, contents);
  lchownSync(place, uid, gid);
  chmodSync(place, mode);
  setTime(place, mtimeNs);
}

function setTime(place: string, ns: bigint): void {
  const moment = new Date(Number(ns / 1_000_000n));
  lutimesSync(
    place,
    ns < 0n ? moment : Number(ns / 1_000n) / 1e6,
    ns < 0n ? moment : Number(ns / 1_000n) / 1e6,
  );
}
