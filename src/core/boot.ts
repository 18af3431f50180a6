/** Which boot of which machine this is: all its containers have the same id, and no other machine has it. */
import { readFileSync } from 'node:fs';

/** Empty where nothing tells. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
