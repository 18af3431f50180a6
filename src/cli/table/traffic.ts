/** The rows of the table about how files go over the wire, and where files from nodes go here. */
import { PROGRESS_LIMITS } from '../../core/limits/progress.ts';
import { PULL_LIMITS } from '../../core/limits/pull.ts';
import type { OptionRow } from './option-row.ts';

export const TRAFFIC = [
  {
    long: 'compress',
    field: 'work.isCompressed',
    of: 'files',
    elsewhere: 'nothing else sends files; what commands print is never compressed',
    isAdded: true,
    help: 'send files through gzip, to nodes that have it',
  },
  {
    long: 'bwlimit',
    field: 'work.bytesPerSecond',
    of: 'traffic',
    elsewhere: 'it is for files; nothing else sends or brings any',
    argument: 'RATE',
    kind: 'bytes',
    min: PROGRESS_LIMITS.bytesPerSecondMin,
    max: PROGRESS_LIMITS.bytesPerSecondMax,
    isAdded: true,
    help: 'bytes of files a second, over all nodes (10M)',
  },
  {
    long: 'into',
    field: 'work.into',
    of: 'download',
    elsewhere: 'it is where --download puts files here; where -U and -S put them on the nodes is -r DIR',
    argument: 'DIR',
    default: '.',
    completes: 'directory',
    isAdded: true,
    help: '--download makes DIR/NODE here (default .)',
  },
  {
    long: 'max-bytes',
    field: 'work.bytesMax',
    of: 'download',
    elsewhere: 'nothing else brings files here',
    argument: 'SIZE',
    kind: 'bytes',
    min: 1,
    max: PULL_LIMITS.bytesMaxMax,
    default: PULL_LIMITS.bytesMax,
    isAdded: true,
    help: 'a node may send so much',
  },
] as const satisfies readonly OptionRow[];
