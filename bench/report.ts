/** The figures as Markdown and as JSON. Pure. */
import { judge, quantities, ratios, type Spread } from './statistics.ts';
import type { CaseResult, Quantity, Result } from './work.ts';

/** A table and the bars of one case. */
export function markdown(measured: CaseResult): string {
  const { case: subject, results, load } = measured;
  const failures = results.flatMap(({ contender, failures }) =>
    failures.map((why) => `${contender.name} failed: ${why}`),
  );
  const remarks = [...bars(measured), ...failures, ...(subject.notes ?? [])];
  return [
    `### ${subject.row}: ${subject.title}`,
    '',
    ...(results.length === 0 ? [] : [...table(measured), '']),
    ...remarks.map((remark) => `- ${remark}`),
    `- load when it began: ${load.toFixed(2)}`,
    '',
  ].join('\n');
}

/** One object a case, with every sample. */
export function json(measured: CaseResult): object {
  const { case: subject, load, results } = measured;
  return {
    row: subject.row,
    title: subject.title,
    nodes: subject.nodes,
    baseline: subject.baseline,
    roundTripMs: subject.roundTripMs,
    load,
    notes: subject.notes ?? [],
    tools: results.map(({ contender, samples, failures }) => ({
      name: contender.name,
      command: contender.command,
      samples: samples.map((sample) => sample ?? null),
      failures,
    })),
    bars: judge(measured).map(({ bar, measured: figure, isMet }) => ({
      ...bar,
      measured: figure ?? null,
      isMet,
    })),
  };
}

interface Column {
  readonly title: string;
  readonly cell: (result: Result) => string;
}

/** Times and ratios as median and range, memory as the most of all rounds. */
function table({ case: { baseline: name, contenders, roundTripMs }, results }: CaseResult): string[] {
  const baseline = results.find(({ contender }) => contender.name === name);
  const time = (title: string, quantity: Quantity): Column => ({
    title: `${title} s`,
    cell: (result) => seconds(quantities(result, quantity)),
  });
  const most = (title: string, quantity: Quantity): Column => ({
    title: `${title} MB`,
    cell: (result) => quantities(result, quantity)?.max.toFixed(0) ?? '–',
  });
  const ratio = (title: string, quantity: Quantity): Column => ({
    title: `${title} ÷ ${name}`,
    cell: (result) => factor(ratios(result, baseline, quantity)),
  });
  const isAboutOthers = contenders.some(({ othersDoneAtMs }) => othersDoneAtMs !== undefined);
  const columns = [
    ...(isAboutOthers ? [time('others done', 'othersMs')] : []),
    time('wall', 'wallMs'),
    ...(roundTripMs === undefined ? [] : [inRoundTrips(roundTripMs)]),
    time('CPU', 'cpuMs'),
    most('largest', 'largestMb'),
    most('sum', 'sumMb'),
    isAboutOthers ? ratio('others done', 'othersMs') : ratio('wall', 'wallMs'),
    ratio('CPU', 'cpuMs'),
  ];
  return [
    row(['tool', ...columns.map(({ title }) => title)]),
    row(['---', ...columns.map(() => '---:')]),
    ...results.map((result) => row([result.contender.name, ...columns.map(({ cell }) => cell(result))])),
  ];
}

/** What the wall time would be if nothing but flights took time. */
function inRoundTrips(roundTripMs: number): Column {
  return {
    title: 'wall in round trips',
    cell: (result) => format(quantities(result, 'wallMs'), (ms) => (ms / roundTripMs).toFixed(1)),
  };
}

function bars(measured: CaseResult): string[] {
  return judge(measured).map(({ bar, measured: figure, isMet }) => {
    const limit = `${bar.most}${bar.of === undefined ? ` ${unit[bar.quantity]}` : ` × ${bar.of}`}`;
    const verdict = isMet ? 'met' : 'NOT met';
    const outcome = figure === undefined ? 'not measured, so not met' : `${factor(figure)}: ${verdict}`;
    return `${bar.contender}: ${words[bar.quantity]} ≤ ${limit}: ${outcome}`;
  });
}

const words: Readonly<Record<Quantity, string>> = {
  wallMs: 'wall',
  cpuMs: 'CPU',
  largestMb: 'largest process',
  sumMb: 'memory of all processes',
  othersMs: 'time until the others are done',
  idlePercent: 'idle places',
};

const unit: Readonly<Record<Quantity, string>> = {
  wallMs: 'ms',
  cpuMs: 'ms',
  largestMb: 'MB',
  sumMb: 'MB',
  othersMs: 'ms',
  idlePercent: '%',
};

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function seconds(value: Spread | undefined): string {
  return format(value, (ms) => (ms / 1000).toFixed(ms < 1000 ? 3 : 2));
}

function factor(value: Spread | undefined): string {
  return format(value, (number) => number.toFixed(2));
}

/** `median (min–max)` */
function format(value: Spread | undefined, show: (number: number) => string): string {
  return value === undefined ? '–' : `${show(value.median)} (${show(value.min)}–${show(value.max)})`;
}
