/** The shells under which each text of ours must behave alike. */
import { spawn } from 'node:child_process';
import { compact } from '../../../src/node/text.ts';

export const SHELLS = [
  ['dash', ['dash']],
  ['bash', ['bash', '--posix']],
  ['busybox', ['busybox', 'sh']],
] as const;

export interface Shell {
  send(line: string): void;
  /** End of file on its stdin. */
  end(): void;
  /** Resolves with the first line of stdout that matches, already said or yet to come. */
  line(pattern: RegExp): Promise<string>;
  readonly pid: number;
  readonly output: () => { stdout: string; stderr: string };
  readonly exited: Promise<number | null>;
}

/** Runs a text as a node would get it, in a process group of its own. */
export function runText(
  shell: readonly string[],
  text: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Shell {
  const [program = 'sh', ...flags] = shell;
  const child = spawn(program, [...flags, '-c', compact(text), ...words], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    for (const look of waiting) look();
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  const exited = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = stdout
          .split('\n')
          .slice(0, -1)
          .find((text) => pattern.test(text));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      exited.then(() => {
        look();
        reject(new Error(`ended without ${pattern}; said: ${stdout} ${stderr}`));
      });
    });
  return {
    send: (text) => child.stdin.write(`${text}\n`),
    end: () => child.stdin.end(),
    line,
    pid: child.pid ?? -1,
    output: () => ({ stdout, stderr }),
    exited,
  };
}
