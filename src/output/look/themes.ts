/**
 * The three named looks. `default` works on light and dark terminals alike; the others are orgalorg's palettes, with
 * changes to colours that were hard to read on the background for which they are made. Pure.
 */
import type { LogLevel } from '../../core/events.ts';

export type ThemeName = 'default' | 'dark' | 'light';

/** Styles as in a format: of the whole line, or only of the level. */
export type LogTheme = Readonly<Record<LogLevel, { readonly line?: string; readonly level?: string }>>;

export const LOG_THEMES: Readonly<Record<ThemeName, LogTheme>> = {
  default: {
    trace: {},
    debug: { line: '{fg 31}' },
    info: { line: '{fg 33}' },
    warn: { level: '{bold}{fg 231}{bg 178}' },
    error: { level: '{bold}{fg 231}{bg 202}' },
    fatal: { level: '{bold}{fg 231}{bg 196}' },
  },
  dark: {
    trace: { line: '{fg 245}' },
    debug: { line: '{fg 250}' },
    info: { line: '{fg 110}' },
    warn: { line: '{fg 178}' },
    error: { level: '{bold}{fg 231}{bg 52}' },
    fatal: { line: '{bold}{fg 211}{bg 17}' },
  },
  light: {
    trace: { line: '{fg 241}' },
    debug: { line: '{fg 238}' },
    info: { line: '{fg 26}' },
    warn: { line: '{fg 124}{bg 230}' },
    error: { level: '{bold}{fg 231}{bg 88}' },
    fatal: { line: '{bold}{fg 231}{bg 124}' },
  },
};

/** The coloured parts of the bar. */
interface BarPalette {
  readonly phase: number;
  readonly bar: number;
  readonly success: number;
  readonly failed: number;
  readonly bytes: number;
  readonly elapsed: number;
}

const PALETTES: Readonly<Record<Exclude<ThemeName, 'default'>, BarPalette>> = {
  dark: { phase: 117, bar: 71, success: 84, failed: 214, bytes: 140, elapsed: 245 },
  light: { phase: 25, bar: 22, success: 22, failed: 160, bytes: 91, elapsed: 240 },
};

export const BAR_THEMES: Readonly<Record<ThemeName, string>> = {
  default:
    ' {printf "%-7s" .Phase}{if .Bar} {.Bar}{end} {.Success}/{.Nodes}{if .Fails}  {.Fails} failed{end}' +
    '{if .Percent}  {.Percent}{end}{if .Written}  {.Written}{if .Bytes}/{.Bytes}{end}{end}{if .Rate}  {.Rate}/s{end}' +
    '{if .Left}  ETA {.Left}{end}{if .Note}  {.Note}{end}{if .Elapsed}  {.Elapsed}{end}',
  dark: barTemplate(PALETTES.dark),
  light: barTemplate(PALETTES.light),
};

export function isTheme(format: string): format is ThemeName {
  return Object.hasOwn(BAR_THEMES, format);
}

function barTemplate({ phase, bar, success, failed, bytes, elapsed }: BarPalette): string {
  return (
    ` {bold}{fg ${phase}}{printf "%-7s" .Phase}{nobold}{if .Bar} {fg ${bar}}{.Bar}{end}` +
    ` {fg ${success}}{bold}{.Success}{nobold}{nofg}/{.Nodes}` +
    `{if .Fails}  {fg ${failed}}{bold}{.Fails} failed{nobold}{end}` +
    `{fg ${bytes}}{if .Percent}  {.Percent}{end}{if .Written}  {.Written}{if .Bytes}/{.Bytes}{end}{end}{if .Rate}  {.Rate}/s{end}` +
    `{if .Left}  ETA {.Left}{end}{if .Note}  {.Note}{end}{fg ${elapsed}}{if .Elapsed}  {.Elapsed}{end}{nofg}`
  );
}
