/**
 * Durations as people write them: `500ms`, `10s`, `2m`, `1h`, `1.5s`, or a bare number.
 */
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
