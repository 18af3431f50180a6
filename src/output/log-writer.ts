/** Prints log records on stderr, as text or JSON, for those who want this level. */
import type { LogLevel } from '../events.ts';
import { logObject } from './json.ts';
import { type Audience, formatRecord, isShown } from './log.ts';
import type { LogLook } from './look/log-look.ts';
import { drawTree, joinTree, type Tree } from './report/tree.ts';
import type { Terminal } from './terminal/terminal.ts';

/**
 * `describe` is called only when somebody wants this level. The tree's texts are safe to print;
 * so is the hint, which follows on a line of its own.
 */
export type WriteLog = (level: LogLevel, describe: () => Tree, hint?: string) => void | Promise<void>;

export interface LogSettings extends Audience {
  readonly json: boolean;
  readonly look: LogLook;
  readonly now: () => Date;
}

export function openLog(settings: LogSettings, terminal: Terminal): WriteLog {
  return (level, describe, hint) => {
    if (!isShown(level, settings)) return;
    const tree = describe();
    const lines = settings.json ? joinTree(tree).split('\n') : drawTree(tree);
    if (hint !== undefined) lines.push(`hint: ${hint}`);
    const record = formatRecord(lines, settings.look(level, settings.now()));
    return terminal.write('stderr', settings.json ? logObject(record) : record);
  };
}

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
