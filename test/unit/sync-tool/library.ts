/** Tools with the sync library on this machine, alone or with a real session between them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFailed } from 'vitest';
import type { Node } from '../../../src/core/node.ts';
import { ToolConversation } from '../../../src/protocol/conversation.ts';

export let directory = '';

/** Makes a directory with the library, for the tests of a file; gives what removes it. */
export function makeLibrary(): () => void {
  const made = mkdtempSync(join(tmpdir(), 'lockstep-library-'));
  directory = made;
  writeFileSync(join(made, 'lockstep.sh'), readPage('../../../sync-tool/lib/lockstep.sh'));
  return () => rmSync(made, { recursive: true });
}

// bash reads ~/.bashrc when its stdin is a socket, as it is here and may be under sshd.
export const environmentOfTools = () => ({ PATH: process.env.PATH, HOME: directory, LOCKSTEP_RUN: 'run' });

export const shells = ['dash', 'bash --posix', 'busybox sh'].map(
  (words) => words.split(' ') as [string, ...string[]],
);
export const isInstalled = (program: string) => spawnSync(program, ['-c', ':']).error === undefined;

export const names = ['[root@web-01:22]', '[we*rd\\u$(x)@h[0-9]?st:2222]', '[u@[::1]:22]'];
export const prefix = 'ORGALORG:77';

/** The text of a tool that uses the library. */
export const tool = (body: string) => `set -eu\n. ./lockstep.sh\n${body}`;

interface Ended {
  /** Exit codes or signals. */
  readonly codes: readonly (number | string | null)[];
  /** Lines of ordinary output in the order of arrival, after the position of the tool. */
  readonly printed: readonly string[];
  readonly failures: readonly string[];
}

/** Runs the tools as processes, with a real session between them. */
export async function runTogether(
  commands: readonly (readonly string[])[],
  { rollbackGraceMs } = { rollbackGraceMs: 20_000 },
): Promise<Ended> {
  const nodes = commands.map((_, position): Node => {
    return { id: names[position] ?? '', user: '', host: String(position), port: 22, given: '' };
  });
  const printed: string[] = [];
  const children: ChildProcess[] = [];
  const complaints: string[] = [];
  onTestFailed(() => console.error(complaints.join('')));
  const session = new ToolConversation({
    nodes,
    prefix,
    barrierTimeoutMs: 20_000,
    rollbackGraceMs,
    tell() {},
    output: (event) => {
      for (const line of event.chunk.toString().trimEnd().split('\n'))
        printed.push(`${event.node.host} ${line}`);
    },
    endTools: (ended) => {
      for (const node of ended) children[nodes.indexOf(node)]?.kill('SIGKILL');
    },
    startTimer: (callback, afterMs) => {
      const timer = setTimeout(callback, afterMs);
      return () => clearTimeout(timer);
    },
    defer: setImmediate,
  });
  const codes = nodes.map((node, position) => {
    const [program = '', ...rest] = commands[position] ?? [];
    const child = spawn(program, rest, {
      cwd: directory,
      env: { ...environmentOfTools(), LOCKSTEP_NODE: node.id },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    children.push(child);
    child.stdin.on('error', () => {});
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => void session.stdout(node, chunk));
    session.started(node, async (text) => void child.stdin.write(text));
    return new Promise<number | string | null>((resolve) => {
      child.on('close', (code, signal) => {
        resolve(code ?? signal);
        const result = signal
          ? ({ kind: 'signal', signal } as const)
          : ({ kind: 'code', code: code ?? 1 } as const);
        void session.ended(node, result);
      });
    });
  });
  const failures = await session.finished;
  return { codes: await Promise.all(codes), printed, failures: failures.map((failure) => failure.message) };
}

export function readPage(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

/** The first example in a language on a page. */
export function firstBlock(page: string, language: string): string {
  return page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';
}
