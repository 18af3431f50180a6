/** The figures as Markdown. Pure. */
import { slope, spread } from '../statistics.ts';

export interface Sample {
  /** Since the start. */
  readonly second: number;
  readonly residentMb: number;
  /** By then, over all nodes. */
  readonly printedBytes: number;
}

/** Before that the program is loaded, connects, and grows to its working size. */
const WARM_UP_SECONDS = 60;

/** What the memory of a program that keeps nothing may seem to grow by, since its garbage comes and goes. */
const GROWTH_MB_PER_HOUR_MAX = 30;

/** Without samples behind the warm-up nothing is shown. */
export function isFlat(samples: readonly Sample[]): boolean {
  return growth(samples) <= GROWTH_MB_PER_HOUR_MAX;
}

export function table(
  { nodes, kilobytes }: { readonly nodes: number; readonly kilobytes: number },
  samples: readonly Sample[],
): string {
  const last = Math.ceil((samples.at(-1)?.second ?? 0) / 60);
  const rows = Array.from({ length: last }, (_, before) => {
    const minute = before + 1;
    const ofMinute = samples.filter(({ second }) => Math.ceil(second / 60) === minute);
    const resident = spread(ofMinute.map(({ residentMb }) => residentMb));
    const printed = (ofMinute.at(-1)?.printedBytes ?? 0) / 1e6;
    return `| ${minute} | ${printed.toFixed(0)} | ${megabytes(resident?.median)} | ${megabytes(resident?.max)} |`;
  });
  const perHour = growth(samples);
  return [
    `### ${nodes} nodes, ${kilobytes} KB/s each`,
    '',
    '| minute | MB printed | memory MB | at most |',
    '| ---: | ---: | ---: | ---: |',
    ...rows,
    '',
    Number.isNaN(perHour)
      ? '- too short to say whether it grows'
      : `- after the first minute: ${perHour.toFixed(1)} MB an hour, at most ${GROWTH_MB_PER_HOUR_MAX}: ${isFlat(samples) ? 'flat' : 'NOT flat'}`,
    '',
  ].join('\n');
}

/** MB an hour behind the warm-up; NaN when there is too little of it. */
function growth(samples: readonly Sample[]): number {
  const warm = samples.filter(({ second }) => second > WARM_UP_SECONDS);
  return slope(warm.map(({ second, residentMb }) => [second / 3600, residentMb]));
}

function megabytes(value: number | undefined): string {
  return value?.toFixed(1) ?? '–';
}
