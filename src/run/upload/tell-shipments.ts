/** Tells the user what is about to be sent, and to how many nodes. */

import { LIMITS } from '../../core/limits/limits.ts';
import { countNodes } from '../../text/list-nodes.ts';
import { archiveBytes } from '../../transfer/archive.ts';
import type { Entry } from '../../transfer/entry.ts';
import type { HeldRun } from '../held-run.ts';
import type { Shipment } from './shipments.ts';

/** Begins the phase `upload`, with the bytes for the progress. */
export function tellPhase({ tell }: HeldRun, shipments: readonly Shipment[]): void {
  const [nodes] = totalOf(shipments);
  const bytes = shipments.reduce(
    (sum, { sites, collection }) => sum + archiveBytes(collection) * sites.length,
    0,
  );
  tell({ type: 'phase', phase: 'upload', nodes, bytes });
}

/** Names the files one by one where they are few, as scripts expect it. Where they are many it tells their number, and with -v the names. */
export function tellFiles({ tell, request }: HeldRun, shipments: readonly Shipment[]): void {
  const [nodes, bytes] = totalOf(shipments);
  const mending = shipments.filter(({ mends }) => (mends ?? []).length > 0);
  const mended = new Set(mending.flatMap(({ mends = [] }) => mends.map(({ entry }) => entry.member)));
  if (mended.size > 0) {
    const message = `setting attributes alone: of ${count(mended.size, 'file')} on ${count(totalOf(mending)[0], 'node')}`;
    tell({ type: 'log', level: 'info', message });
  }
  const members = namesOf(shipments);
  const isShort = members.size <= LIMITS.filesToldMax;
  if (!isShort) {
    const most =
      shipments.length === 1 ? `${shipments[0]?.collection.bytes} bytes` : `${bytes} bytes over all`;
    const message = `sending ${members.size} files, ${most}, to ${countNodes(nodes)}`;
    tell({ type: 'log', level: 'info', message });
    if (request.show.verbose === 0) return;
  }
  let place = 0;
  for (const member of members) {
    const message = `${String(++place).padStart(5)}/${members.size} sending file: '${member}'`;
    tell({ type: 'log', level: isShort ? 'info' : 'debug', message });
  }
}

/** Nodes, and bytes over all of them. */
function totalOf(shipments: readonly Shipment[]): [nodes: number, bytes: number] {
  const nodes = shipments.reduce((count, { sites }) => count + sites.length, 0);
  const bytes = shipments.reduce((sum, { sites, collection }) => sum + collection.bytes * sites.length, 0);
  return [nodes, bytes];
}

/** The names of the files that some node is sent, each once. */
function namesOf(shipments: readonly Shipment[]): ReadonlySet<string> {
  const files = shipments.flatMap(({ collection, taken }) => {
    const there = new Set<Entry>(taken?.files);
    return collection.entries.filter((entry) => entry.type !== 'directory' && !there.has(entry));
  });
  const names = files.map(({ member }) => member);
  return new Set(shipments.length === 1 ? names : names.sort());
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
