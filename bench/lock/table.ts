/** The figures as Markdown. Pure. */
import { spread } from '../statistics.ts';

export interface Line {
  readonly what: string;
  /** One for each node and repetition, or for each run. */
  readonly valuesMs: readonly number[];
  /** No value may be more. */
  readonly mostMs?: number;
}

/** Whether all lines keep their bound, and every one has values. */
export function isKept(lines: readonly Line[]): boolean {
  return lines.every(({ valuesMs, mostMs = Number.POSITIVE_INFINITY }) => {
    return valuesMs.length > 0 && Math.max(...valuesMs) <= mostMs;
  });
}

export function table(title: string, lines: readonly Line[]): string {
  const rows = lines.map((line) => {
    const { what, valuesMs, mostMs } = line;
    const found = spread(valuesMs);
    const times = found === undefined ? ['–', '–'] : [found.median, found.max].map(seconds);
    const bound = mostMs === undefined ? '' : `${seconds(mostMs)}${isKept([line]) ? '' : ' NOT KEPT'}`;
    return `| ${[what, valuesMs.length, ...times, bound].join(' | ')} |`;
  });
  return [
    '',
    `### ${title}`,
    '',
    '| what | n | p50 s | max s | bound s |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
