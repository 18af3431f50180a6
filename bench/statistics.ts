/** What is made of the figures of several rounds. Pure. */
import type { Measurement } from './measure.ts';
import type { Bar, CaseResult, Quantity, Result } from './work.ts';

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Undefined where nothing was measured. */
export function spread(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  const min = sorted[0];
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? min) + (sorted[Math.ceil(middle)] ?? max)) / 2;
  return { min, median, max };
}

/** Of the line that fits best through these points, y over x; NaN when no line does. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const middleX = mean(points.map(([x]) => x));
  const middleY = mean(points.map(([, y]) => y));
  const covariance = mean(points.map(([x, y]) => (x - middleX) * (y - middleY)));
  return covariance / mean(points.map(([x]) => (x - middleX) ** 2));
}

export function quantities(result: Result, quantity: Quantity): Spread | undefined {
  return spread(counted(result.samples).map((sample) => sample[quantity]));
}

/** Each round is divided by the same round of the other, since the machine's mood changes from round to round. */
export function ratios(result: Result, baseline: Result | undefined, quantity: Quantity): Spread | undefined {
  return spread(
    result.samples.flatMap((sample, round) => {
      const other = baseline?.samples[round];
      return sample === undefined || other === undefined ? [] : [sample[quantity] / other[quantity]];
    }),
  );
}

export interface Judged {
  readonly bar: Bar;
  /** What the bar is about: a ratio, or the quantity itself. */
  readonly measured: Spread | undefined;
  readonly isMet: boolean;
}

/** A bar without a figure of both sides from the same round is not met. */
export function judge({ case: { bars }, results }: CaseResult): Judged[] {
  const named = (name: string | undefined) => results.find(({ contender }) => contender.name === name);
  return bars.map((bar) => {
    const result = named(bar.contender);
    const ofOther = bar.of !== undefined;
    const measured =
      result === undefined
        ? undefined
        : ofOther
          ? ratios(result, named(bar.of), bar.quantity)
          : quantities(result, bar.quantity);
    return { bar, measured, isMet: measured !== undefined && measured.median <= bar.most };
  });
}

function counted(samples: Result['samples']): Measurement[] {
  return samples.filter((sample) => sample !== undefined);
}
