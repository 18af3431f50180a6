/** How long ago something was, for people who compare it with their own clock. Pure. */

/** Adds ` (31 s ago)` after each `since 2026-11-21T09:12:40Z` of a text; nothing if a clock is ahead of this one. */
export function addAges(text: string, now: Date): string {
  return text.replace(SINCE, (said, time: string) => {
    const seconds = Math.floor((now.getTime() - Date.parse(time)) / 1000);
    return seconds >= 0 ? `${said} (${formatAge(seconds)} ago)` : said;
  });
}

const SINCE = /\bsince (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/g;

/** The two largest units: `31 s`, `12 min 5 s`, `3 h 5 min`, `2 d 4 h`. */
function formatAge(seconds: number): string {
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
