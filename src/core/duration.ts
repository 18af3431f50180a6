/** Durations: as people write them in options (`500ms`, `10s`, `2m`, `1h`, `1.5s`, or a bare number), and in messages. Pure. */
const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

export type DurationUnit = keyof typeof UNITS_MS;

/** Milliseconds, rounded; undefined for a text that is no duration. `bareUnit` is the unit of a bare number. */
export function parseDuration(text: string, bareUnit: DurationUnit): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h)?$/.exec(text);
  if (!match) return undefined;
  const unit = (match[2] ?? bareUnit) as DurationUnit;
  return Math.round(Number(match[1]) * UNITS_MS[unit]);
}

/** The shortest exact form: 10000 → `10s`, 1500 → `1500ms`. `parseDuration` reads it back. */
export function formatDuration(durationMs: number): string {
  const unit =
    (['h', 'm', 's'] as const).find((name) => durationMs > 0 && durationMs % UNITS_MS[name] === 0) ?? 'ms';
  return `${durationMs / UNITS_MS[unit]}${unit}`;
}

/** How long something has taken, for people: `30 ms`, `0.4 s`, `26 s`, `3 min 20 s`, `3 h 4 min`. */
export function durationText(ms: number): string {
  if (ms < 95) return `${Math.max(0, Math.round(ms))} ms`;
  return ms < 9_950 ? `${(ms / 1_000).toFixed(1)} s` : secondsText(Math.round(ms / 1_000));
}

/** Whole seconds in the two largest units: `31 s`, `12 min 5 s`, `2 d 4 h`. */
export function secondsText(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const shown = parts.slice(first === -1 ? 3 : first).slice(0, 2);
  return shown
    .filter(([count], at) => at === 0 || count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
