/** What `/proc/PID/stat` says of a process (proc_pid_stat(5)). Pure. */
export interface ProcessStat {
  /** It only waits to be reaped by its parent. */
  readonly isDead: boolean;
  readonly parent: number;
  readonly group: number;
  /** Clock ticks from boot to its start: a later process with the same number has others. */
  readonly started: string | undefined;
}

/** The name in parentheses may hold anything, so fields count from the last parenthesis. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group] = fields;
  return {
    isDead: state === 'Z' || state === 'X',
    parent: Number(parent),
    group: Number(group),
    started: fields[19],
  };
}
