/** `web[01:50].example`, `db-[a:f]`, `n[0:20:5]` → names, through lockstep's own ranges. Pure. */
import { expandRanges } from '../expand-ranges.ts';
import { Refusal } from '../refusal.ts';

const RANGE = /\[(\w+):(\w+)(?::(\d+))?\]/g;

/** Throws Refusal. A text that begins with a bracket is an IPv6 address. */
export function expandAnsibleRange(text: string): string[] {
  if (text.startsWith('[')) return [text];
  return expandRanges(
    text.replace(RANGE, (_whole, from: string, to: string, step?: string) =>
      /^[A-Za-z]$/.test(from) && /^[A-Za-z]$/.test(to)
        ? `{${letters(from, to, Number(step ?? 1)).join(',')}}`
        : `[${from}-${to}${step === undefined ? '' : `/${step}`}]`,
    ),
  );
}

function letters(from: string, to: string, step: number): string[] {
  const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)];
  if (first > last || step === 0)
    throw new Refusal('the range ends before it begins', 'a range of letters is [a:f]');
  const count = Math.floor((last - first) / step) + 1;
  return Array.from({ length: count }, (_, index) => String.fromCharCode(first + index * step));
}
