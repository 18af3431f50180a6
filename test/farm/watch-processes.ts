/** Looks for a word in the arguments and the environment of all processes of this machine and its nodes, again and again. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessWatch {
  /** Ends it: the processes that had the word, each once, by their arguments. */
  stop(): readonly string[];
}

/** `periodMs`: a look costs some 10 ms of CPU. What lives for less is for tests that stand in for the programs themselves. */
export function watchProcesses(word: string, periodMs = 1_000): ProcessWatch {
  const found = new Map<string, string>();
  let known = new Map<string, string>();
  const look = () => {
    const now = new Map<string, string>();
    for (const pid of readdirSync('/proc')) {
      if (!/^\d/.test(pid)) continue;
      const line = read(`/proc/${pid}/cmdline`);
      now.set(pid, line);
      // Only who executes something has another environment, and then other arguments, too.
      const isNew = known.get(pid) !== line;
      if (line.includes(word)) note(pid, 'arguments', line);
      else if (isNew && read(`/proc/${pid}/environ`).includes(word)) note(pid, 'environment', line);
    }
    known = now;
  };
  const note = (pid: string, where: string, line: string) => {
    const shown = line.replaceAll('\0', ' ').replaceAll(word, '***').slice(0, 200);
    found.set(`${pid} ${where}`, `the ${where} of process ${pid} (${shown.trim()})`);
  };
  look();
  const timer = setInterval(look, periodMs);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return [...found.values()];
    },
  };
}

/** Empty for one that is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
