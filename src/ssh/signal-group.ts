/** Signals the leader of a process group, and all that it has started in it. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The process is gone.
  }
}
