/** A CPU profile of V8 → whose time it was. Pure. */

/** What is used of a `.cpuprofile` file. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** The node that ran, sample by sample, and the microseconds since the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The same with the source of each function in place of the bundle that has it: a comment before each module names its file. */
export function bySource(profile: CpuProfile, read: (url: string) => string): CpuProfile {
  const sources = new Map<string, readonly string[]>();
  const sourceOf = (url: string, line: number) => {
    const known = sources.get(url) ?? sourcesOfLines(read(url));
    sources.set(url, known);
    return known[line] || url;
  };
  const nodes = profile.nodes.map((node) => {
    const { url, lineNumber } = node.callFrame;
    if (!/\.[cm]js$/.test(url)) return node;
    return { ...node, callFrame: { ...node.callFrame, url: sourceOf(url, lineNumber) } };
  });
  return { ...profile, nodes };
}

function sourcesOfLines(bundle: string): string[] {
  let source = '';
  return bundle.split('\n').map((line) => {
    source = /^\/\/ (\S+\.(?:ts|js|mjs))$/.exec(line)?.[1] ?? source;
    return source;
  });
}

export interface Share {
  readonly owner: Owner;
  readonly ms: number;
}

export const OWNERS = [
  'key exchange and signatures',
  'encryption of packets',
  'ssh2, else',
  'lockstep',
  'system calls on sockets',
  'sockets, streams and timers of Node',
  'loading of modules',
  'garbage collection',
  'native code of no known caller',
  'idle',
] as const;

export type Owner = (typeof OWNERS)[number];

interface Frame {
  readonly name: string;
  readonly url: string;
  readonly caller: Frame | undefined;
}

/** In the order of `OWNERS`, idle time included. */
export function sharesOf(profile: CpuProfile): Share[] {
  const sums = new Map<Owner, number>();
  for (const [frame, ms] of selfTimes(profile)) {
    const owner = ownerOf(frame);
    sums.set(owner, (sums.get(owner) ?? 0) + ms);
  }
  return OWNERS.map((owner) => ({ owner, ms: sums.get(owner) ?? 0 }));
}

/** The functions in which most time was spent themselves, all their places in the tree together. */
export function costliest(
  profile: CpuProfile,
  count: number,
): { readonly name: string; readonly ms: number }[] {
  const sums = new Map<string, number>();
  for (const [frame, ms] of selfTimes(profile)) {
    if (frame.name === '(idle)') continue;
    const file = frame.url.split('/').at(-1);
    const name = `${frame.name || '(anonymous)'}${file ? ` in ${file}` : ''}`;
    sums.set(name, (sums.get(name) ?? 0) + ms);
  }
  const sorted = [...sums].sort(([, one], [, other]) => other - one);
  return sorted.slice(0, count).map(([name, ms]) => ({ name, ms }));
}

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): Map<Frame, number> {
  const frames = framesById(nodes);
  const sums = new Map<Frame, number>();
  for (const [at, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame !== undefined) sums.set(frame, (sums.get(frame) ?? 0) + (timeDeltas[at] ?? 0) / 1000);
  }
  return sums;
}

/** The root comes first in a profile, and each node before its children. */
function framesById(nodes: CpuProfile['nodes']): Map<number, Frame> {
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const frames = new Map<number, Frame>();
  for (const { id, callFrame } of nodes) {
    const caller = frames.get(callers.get(id) ?? -1);
    frames.set(id, { name: callFrame.functionName, url: callFrame.url, caller });
  }
  return frames;
}

const BY_NAME: Readonly<Record<string, Owner>> = {
  '(idle)': 'idle',
  '(garbage collector)': 'garbage collection',
};

/** Of Node's sockets, by the functions that V8 sees. */
const SYSTEM_CALLS: ReadonlySet<string> = new Set([
  'writeBuffer',
  'writev',
  'writeLatin1String',
  'writeUtf8String',
  'internalConnect',
  'shutdown',
]);

const BY_PLACE: readonly (readonly [RegExp, Owner])[] = [
  [/\/ssh2\/lib\/protocol\/(kex|keyParser)\.js$/, 'key exchange and signatures'],
  [/\/ssh2\/lib\/protocol\/crypto\.js$/, 'encryption of packets'],
  [
    /^node:internal\/(modules|bootstrap|process|main|vm|url|util)|^node:(path|fs|url|vm)/,
    'loading of modules',
  ],
];

/**
 * From the inside out: native code and Node's crypto belong to who called them, Node's sockets and streams to themselves.
 */
function ownerOf(leaf: Frame): Owner {
  const known = BY_NAME[leaf.name];
  if (known !== undefined) return known;
  if (SYSTEM_CALLS.has(leaf.name)) return 'system calls on sockets';
  let isOfNode = false;
  for (let frame: Frame | undefined = leaf; frame !== undefined; frame = frame.caller) {
    const { url } = frame;
    const place = BY_PLACE.find(([pattern]) => pattern.test(url))?.[1];
    if (place !== undefined) return place;
    if (url.startsWith('node:internal/crypto') || url === '') continue;
    if (url.startsWith('node:')) isOfNode = true;
    else if (isOfNode) return 'sockets, streams and timers of Node';
    else return url.includes('/ssh2/') ? 'ssh2, else' : 'lockstep';
  }
  return isOfNode ? 'sockets, streams and timers of Node' : 'native code of no known caller';
}
