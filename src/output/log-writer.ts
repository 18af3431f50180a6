/** Prints log records on stderr, as text or JSON, if the user wants their level. */
import type { LogLevel } from '../core/events.ts';
import { logObject } from './json.ts';
import { type Audience, formatForPeople, formatRecord, isShown } from './log.ts';
import type { LogLook } from './look/log-look.ts';
import { addAges } from './report/age.ts';
import { drawTree, joinTree, listTree, type Tree } from './report/tree.ts';
import type { Terminal } from './terminal/terminal.ts';

/**
 * Calls `describe` only if the user wants this level. The tree's texts are safe to print, and so is the hint, which
 * follows on a line of its own.
 */
export type WriteLog = (level: LogLevel, describe: () => Tree, hint?: string) => void | Promise<void>;

export interface LogSettings extends Audience {
  readonly json: boolean;
  readonly look: LogLook;
  readonly now: () => Date;
  /** Width of the terminal, where people read the log. */
  readonly columns: (() => number) | undefined;
  /** Called before a record is written. */
  begin(): void;
}

export function openLog(settings: LogSettings, terminal: Terminal): WriteLog {
  return (level, describe, hint) => {
    if (!isShown(level, settings)) return;
    settings.begin();
    const { json, columns } = settings;
    const tree = describe();
    const now = settings.now();
    const lines = json ? joinTree(tree).split('\n') : columns === undefined ? drawTree(tree) : listTree(tree);
    if (hint !== undefined) lines.push(`hint: ${hint}`);
    const frame = settings.look(level, now);
    const record =
      columns === undefined || json
        ? formatRecord(lines, frame)
        : formatForPeople(addAges(lines.join('\n'), now).split('\n'), {
            frame,
            columns: tree.isWhole ? Number.POSITIVE_INFINITY : widthFor(level, columns()),
          });
    return terminal.write('stderr', json ? logObject(record) : record);
  };
}

/** Records of -v are many and long: the terminal breaks them itself, and joins them again when it becomes wider. */
function widthFor(level: LogLevel, columns: number): number {
  const isWrapped = level !== 'debug' && level !== 'trace';
  return isWrapped && columns > 0 ? columns - ECHO_COLUMNS : Number.POSITIVE_INFINITY;
}

/** A terminal shows `^C` where the user typed it, before the next line. */
const ECHO_COLUMNS = 2;

/**
 * `auto`: a terminal that can show colours, unless the environment says otherwise: NO_COLOR first, then CLICOLOR_FORCE,
 * which wants them everywhere, then CLICOLOR=0.
 */
export function decideColour(
  color: 'auto' | 'always' | 'never',
  { isTTY, environment }: { isTTY: boolean; environment: Readonly<Record<string, string | undefined>> },
): boolean {
  if (color !== 'auto') return color === 'always';
  if (environment.NO_COLOR) return false;
  if (environment.CLICOLOR_FORCE) return environment.CLICOLOR_FORCE !== '0';
  return isTTY && environment.CLICOLOR !== '0' && environment.TERM !== 'dumb';
}
