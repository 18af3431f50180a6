/** A node on which `--switch` was used before: releases, which of them is current, and what was current before each. */
import type { Random } from '../simulation/random.ts';
import { isAlwaysThere, type NodeState, openSpec } from './generate-destination.ts';
import type { Request } from './sent.ts';
import type { Spec, Specs } from './tree.ts';

/** Names as lockstep gives them, and one that somebody else has given. */
const OLD = ['20250101T000000-0000000a', '20250202T000000-0000000b', '20250303T000000-0000000c.2', 'mine'];

export interface ReleasesRequest {
  readonly destination: string;
  readonly request: Request;
  /** What is sent from here. */
  readonly specs: Specs;
  readonly uid: number;
}

/** Half of the nodes have none yet. */
export function addReleases(
  random: Random,
  state: NodeState,
  { destination, request, specs, uid }: ReleasesRequest,
): void {
  const isThere = state.specs.get(destination)?.type === 'directory' || isAlwaysThere(destination);
  if (!isThere || random.chance(0.5)) return;
  const base = `${destination === '/' ? '' : destination}/releases`;
  const link = (body: string): Spec => ({
    type: 'symlink',
    mode: 0o777,
    uid,
    gid: uid,
    time: 1_600_000_000,
    body,
  });
  state.specs.set(base, random.chance(0.9) ? openSpec(uid) : { ...openSpec(uid), mode: 0o2755, gid: 1234 });
  const names = random.some(OLD, 1);
  const current = random.pick(names);
  for (const name of names) {
    state.specs.set(`${base}/${name}`, openSpec(uid));
    if (name !== current)
      state.specs.set(`${base}/${name}/f`, { ...openSpec(uid), type: 'file', body: name });
  }
  for (const { path, source } of request.sent) {
    const spec = specs.get(source);
    if (spec !== undefined && state.specs.has(parentOf(`${base}/${current}${path}`)))
      addOlder(random, state, { at: `${base}/${current}${path}`, spec, uid });
  }
  if (random.chance(0.2)) state.specs.set(`${base}/${current}/more`, openSpec(uid));
  if (random.chance(0.7)) {
    state.specs.set(`${base}/.before`, openSpec(uid));
    for (const name of names)
      if (random.chance(0.7)) state.specs.set(`${base}/.before/${name}`, link(random.pick(OLD)));
  }
  const ways: readonly (Spec | undefined)[] = [
    openSpec(uid),
    { ...openSpec(uid), type: 'file', body: 'current' },
    link('/etc'),
    link('releases'),
    link('releases/gone'),
    link(`${base}/${current}`),
    undefined,
  ];
  const spec = random.chance(0.75) ? link(`releases/${current}`) : random.pick(ways);
  if (spec !== undefined) state.specs.set(base.replace(/releases$/, 'current'), spec);
}

/** Most of it is as it is sent now. */
function addOlder(
  random: Random,
  state: NodeState,
  { at, spec, uid }: { at: string; spec: Spec; uid: number },
): void {
  const { linkTo: _, ...own } = spec;
  const same: Spec = uid === 0 ? own : { ...own, uid, gid: uid, mode: spec.mode & 0o1777 };
  const older: Spec = { ...same, type: 'file', body: `older ${spec.body}` };
  const others = [{ ...same, mode: spec.mode ^ 0o011 }, { ...same, time: 1_234_567_890.5 }, older, undefined];
  const one = spec.type === 'directory' || random.chance(0.6) ? same : random.pick(others);
  if (one !== undefined) state.specs.set(at, one);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
