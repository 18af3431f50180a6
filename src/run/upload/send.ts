/** One archive to the nodes of a shipment: through gzip, where that is wanted, to those that can unpack it, and as it is to the others. */
import { EXECUTORS, XATTR_PROVERS } from '../../node/texts.ts';
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

/** How it is sent. `share`: so many are sent at the same time. `xattrs`: the list of them, or empty. */
export interface Sending {
  readonly owners: Pick<WorkOf<'upload'>, 'keepsOwner' | 'keepsGroup' | 'isParanoid' | 'isCompressed'>;
  readonly share: number;
  readonly xattrs: string;
}

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
  tellThose(work, unhashed, 'checked by cksum, as nothing tells a sha256 there');
  const isPlain = (receiver: Receiver) => hasSaid(receiver, 'plain');
  if (isCompressed)
    tellThose(work, receivers.filter(isPlain), 'not compressed, as there is no gzip, or no mkfifo');
  const extras: Extras = {
    ours,
    withCksum: unhashed.length > 0,
    linked: new Set<Entry>(taken?.files),
    mends,
  };
  // Before the archive, and as it is, since each node has a list of its own.
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
  // An archive for each of both: its files are read twice where there are nodes of both kinds.
  const sendings = kinds.map(({ packed, those }) => {
    const archive = createArchive(collection, { preserveUid, preserveGid }, extras);
    const { bytes, ratio } = packed ? compress(archive) : { bytes: archive, ratio: undefined };
    const sinks = those.map(({ site, sink }) => work.traffic.through(site.node, sink, whole, ratio));
    const settings = { ...fanOutSettings(work), share: share * kinds.length };
    return fanOut(whileProven(work.held, bytes), sinks, settings);
  });
  await Promise.all(sendings);
}

/** Names the nodes of which that is so, if there are any. */
function tellThose({ tell }: HeldRun, those: readonly Receiver[], what: string): void {
  if (those.length === 0) return;
  const names = those.map(({ site }) => site.node.id).join(', ');
  tell({ type: 'log', level: 'warn', message: `${what}: ${names}` });
}

/** One that has not said what it runs is sent all of them. */
function mayRun({ site, replies }: Receiver, programs: Shipment['programs'], name: string): boolean {
  const said = replies.flatMap((reply) => (reply.kind === 'runs' ? [reply.program] : []));
  const executor = programs?.get(site)?.executor ?? said[0];
  return executor === undefined || executor === name;
}

function hasSha256(receiver: Receiver, programs: Shipment['programs']): boolean {
  return programs?.get(receiver.site)?.hasSha256 ?? !hasSaid(receiver, 'cksum');
}

function hasSaid({ replies }: Receiver, word: 'cksum' | 'plain'): boolean {
  return replies.some(({ kind }) => kind === word);
}
