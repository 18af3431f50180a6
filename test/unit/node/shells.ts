/** The shells under which each text of ours must behave alike. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootCommand, bootInput } from '../../../src/node/boot.ts';

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

/** Runs a text as a node would get it, in a process group of its own, where `sh` is that shell. */
export function runText(
  shell: readonly string[],
  text: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Shell {
  const bin = binOf(shell[0] ?? 'sh');
  const env = { ...process.env, ...environment };
  const child = spawn(join(bin, 'sh'), ['-c', bootCommand(undefined)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...env, PATH: `${bin}:${env.PATH}` },
  });
  child.stdin.write(bootInput({ ...shownOf(words), text }));
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

/** A worker's own words stand in no arguments. */
function shownOf(words: readonly string[]): { words: readonly string[]; hiddenWords: readonly string[] } {
  const shown = words[0] === 'lockstep-hand' ? 5 : words.length;
  return { words: words.slice(0, shown), hiddenWords: words.slice(shown) };
}

const bins = new Map<string, string>();
process.on('exit', () => {
  for (const bin of bins.values()) rmSync(bin, { recursive: true, force: true });
});

/** A directory in which `sh` is that shell. */
function binOf(shell: string): string {
  const known = bins.get(shell);
  if (known !== undefined) return known;
  const bin = mkdtempSync(join(tmpdir(), 'lockstep-sh-'));
  const program = shell.startsWith('/') ? shell : execFileSync('which', [shell]).toString().trim();
  symlinkSync(program, join(bin, 'sh'));
  bins.set(shell, bin);
  return bin;
}
