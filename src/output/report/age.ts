/** How long ago something was, for people who compare it with their own clock. Pure. */
import { secondsText } from '../../core/duration.ts';

/** Adds ` (31 s ago)` after each `since 2026-11-21T09:12:40Z` of a text; nothing if a clock is ahead of this one. */
export function addAges(text: string, now: Date): string {
  return text.replace(SINCE, (said, time: string) => {
    const seconds = Math.floor((now.getTime() - Date.parse(time)) / 1000);
    return seconds >= 0 ? `${said} (${secondsText(seconds)} ago)` : said;
  });
}

const SINCE = /\bsince (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/g;
