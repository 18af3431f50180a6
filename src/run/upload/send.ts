/** Sends one archive to the nodes of a shipment. With `--compress` it goes through gzip to the nodes that can unpack it. */
import { EXECUTORS } from '../../node/executors.ts';
import { XATTR_PROVERS } from '../../node/texts.ts';
import { archiveBytes, createArchive, type Extras } from '../../transfer/archive.ts';
import { compress } from '../../transfer/compress.ts';
import type { Entry } from '../../transfer/entry.ts';
import { fanOut } from '../../transfer/fan-out.ts';
import { formatLinks, LINKS } from '../../transfer/links.ts';
import { XATTRS } from '../../transfer/xattrs/sent-xattrs.ts';
import { fanOutSettings, type HeldRun, whileProven } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import type { Receiver } from './receiver.ts';
import type { Shipment } from './shipments.ts';

export interface Sending {
  readonly owners: Pick<WorkOf<'upload'>, 'keepsOwner' | 'keepsGroup' | 'isParanoid' | 'isCompressed'>;
  /** How many shipments are sent at the same time. They share the memory. */
  readonly share: number;
  /** The list of xattrs, or empty. */
  readonly xattrs: string;
}

/** Resolves when each receiver has got the whole archive or has ended. */
export async function send(
  work: HeldRun,
  {
    collection,
    mends = [],
    deletes,
    taken,
    programs,
    receivers,
  }: Omit<Shipment, 'sites'> & { readonly receivers: readonly Receiver[] },
  { owners, share, xattrs }: Sending,
): Promise<void> {
  const { keepsOwner: preserveUid, keepsGroup: preserveGid, isParanoid, isCompressed } = owners;
  const ours = [
    ...EXECUTORS.filter(({ name }) => receivers.some((receiver) => mayRun(receiver, programs, name))),
    ...(isParanoid ? [{ name: 'paranoid', text: '' }] : []),
    ...(xattrs === '' ? [] : [...XATTR_PROVERS, { name: XATTRS, text: xattrs }]),
    ...(taken === undefined ? [] : [{ name: LINKS, text: formatLinks(taken) }]),
  ];
  const unhashed = receivers.filter((receiver) => !hasSha256(receiver, programs));
  warnOf(work, unhashed, 'checked by cksum, since no program there makes a sha256');
  const isPlain = (receiver: Receiver) => hasSaid(receiver, 'plain');
  if (isCompressed)
    warnOf(work, receivers.filter(isPlain), 'not compressed, since gzip or mkfifo is missing there');
  const extras: Extras = {
    ours,
    withCksum: unhashed.length > 0,
    linked: new Set<Entry>(taken?.files),
    mends,
    isOfSeconds: receivers.every((receiver) => programsOf(receiver, programs)[0] === 'executor.py'),
  };
  // The list of deletions goes before the archive, uncompressed: each node has another one, and all share the archive.
  await Promise.all(
    receivers.map(async ({ site, sink }) => {
      const list = deletes?.listFor(site);
      if (list !== undefined) await sink.write(list);
    }),
  );
  const whole = archiveBytes(collection);
  const isPacked = (receiver: Receiver) => isCompressed && !isPlain(receiver);
  const kinds = [true, false]
    .map((packed) => ({ packed, those: receivers.filter((receiver) => isPacked(receiver) === packed) }))
    .filter(({ those }) => those.length > 0);
  // One archive for each kind of node: where there are both kinds the files are read twice.
  const sendings = kinds.map(({ packed, those }) => {
    const archive = createArchive(collection, { preserveUid, preserveGid }, extras);
    const { bytes, ratio } = packed ? compress(archive) : { bytes: archive, ratio: undefined };
    const sinks = those.map(({ site, sink }) => work.traffic.through(site.node, sink, whole, ratio));
    const settings = { ...fanOutSettings(work), share: share * kinds.length };
    return fanOut(whileProven(work.held, bytes), sinks, settings);
  });
  await Promise.all(sendings);
}

/** Warns of the nodes of which `what` is true, if there are any. */
function warnOf({ tell }: HeldRun, those: readonly Receiver[], what: string): void {
  if (those.length === 0) return;
  const names = those.map(({ site }) => site.node.id).join(', ');
  tell({ type: 'log', level: 'warn', message: `${what}: ${names}` });
}

/** Whether the receiver may run the program. One that has not said which program it runs is sent all. */
function mayRun(receiver: Receiver, programs: Shipment['programs'], name: string): boolean {
  const wanted = programsOf(receiver, programs);
  return wanted.length === 0 || wanted.includes(name);
}

/** What it runs, and behind that what it runs where the first cannot begin. */
function programsOf({ site, replies }: Receiver, programs: Shipment['programs']): readonly string[] {
  const surveyed = programs?.get(site)?.executor;
  return surveyed === undefined
    ? replies.flatMap((reply) => (reply.kind === 'runs' ? [reply.program] : []))
    : [surveyed];
}

function hasSha256(receiver: Receiver, programs: Shipment['programs']): boolean {
  return programs?.get(receiver.site)?.hasSha256 ?? !hasSaid(receiver, 'cksum');
}

function hasSaid({ replies }: Receiver, word: 'cksum' | 'plain'): boolean {
  return replies.some(({ kind }) => kind === word);
}
