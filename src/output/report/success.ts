/** The one line of an upload or sync that ended well. Pure. */
import { durationText } from '../../core/duration.ts';
import type { Success } from '../../core/events.ts';

export function describeSuccess({ files, bytes, savedBytes, nodes, isByNode, tookMs }: Success): string {
  const what = files === undefined ? 'sync' : `${count(files, 'file')}, ${formatSize(bytes ?? 0)},`;
  const saved = savedBytes === 0 ? '' : `, ${formatSize(savedBytes)} not sent`;
  const how = isByNode ? ', node by node,' : '';
  return `${what} on ${count(nodes, 'node')}${how} in ${durationText(tookMs)}${saved}`;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `286 MiB`, `1.4 GiB`. */
export function formatSize(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
