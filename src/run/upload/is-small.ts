/** Whether a collection is so small that sending it takes little more than its round trips. Pure. */
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import { PROGRESS_LIMITS } from '../../core/limits/progress.ts';
import type { Collection } from '../../transfer/entry.ts';

export function isSmall({ bytes, entries }: Pick<Collection, 'bytes' | 'entries'>): boolean {
  return bytes + entries.length * PROGRESS_LIMITS.memberBytes <= LOOK_LIMITS.aheadBytesMax;
}
