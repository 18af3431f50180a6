/**
 * `lockstep demo`: the main job on three nodes that are SSH servers in this process. What is typed is the real
 * program, which speaks real SSH to them; its exit code is 0 only when each step did what it says.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../core/errors.ts';
import { openPlayground, type Playground } from './playground.ts';
import { Prompt } from './prompt.ts';

/** It takes a few seconds; who waits for so long waits for something that will not come. */
const DEMO_MS_MAX = 60_000;
const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hangup } as const;
const CLUSTER = ['lockstep', '-o', './nodes', '-r', 'app'];
/** From the bundle in dist. */
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = join(PACKAGE, 'bin/lockstep.js');

/** Resolves with the exit code. Never rejects. */
export async function demo(): Promise<number> {
  const interrupt = watchInterrupt();
  try {
    requireNodeTools();
    await play(AbortSignal.any([interrupt, AbortSignal.timeout(DEMO_MS_MAX)]));
    return EXIT.ok;
  } catch (thrown) {
    if (interrupt.aborted) return interrupt.reason as number;
    process.stderr.write(`demo: ${thrown instanceof Error ? thrown.message : thrown}\n`);
    return EXIT.commandFailed;
  }
}

/** The nodes are this machine. */
function requireNodeTools(): void {
  if (!isThere('/proc/self/stat', constants.R_OK)) {
    throw new Error('its nodes are this machine, and nodes need Linux with /proc');
  }
  const directories = (process.env.PATH ?? '').split(delimiter);
  for (const tool of ['sh', 'flock', 'tar', 'bash']) {
    if (directories.some((directory) => isThere(join(directory, tool), constants.X_OK))) continue;
    throw new Error(`its nodes are this machine, and nodes need ${tool}, which is not here`);
  }
}

function isThere(path: string, access: number): boolean {
  try {
    accessSync(path, access);
    return true;
  } catch {
    return false;
  }
}

async function play(signal: AbortSignal): Promise<void> {
  const playground = await openPlayground();
  const { directory } = playground;
  const lockstep = [process.execPath, PROGRAM, '-F', 'none', '-k', 'key', '--known-hosts', 'known_hosts'];
  const prompt = new Prompt({ directory, aliases: { lockstep }, signal });
  try {
    await introduce(prompt, directory);
    await runCommand(prompt);
    await syncRelease(prompt, playground);
    await contendForLock(prompt);
  } finally {
    await prompt.idle();
    await playground.stop();
  }
  sayGoodbye(prompt);
}

/** Aborts with the exit code of the first signal; a second one would only leave things behind. */
function watchInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const [name, exitCode] of Object.entries(SIGNALS)) process.on(name, () => controller.abort(exitCode));
  process.stdout.on('error', () => controller.abort(EXIT.hangup));
  return controller.signal;
}

async function introduce(prompt: Prompt, directory: string): Promise<void> {
  prompt.heading('Three nodes: SSH servers in this process, each with a home of its own.');
  prompt.note("What they are told is done for real, by this machine's sh, flock and tar.");
  prompt.show(`cd ${directory}`);
  await expectCode(0, prompt.run(['cat', 'nodes']));
  prompt.note('With a key and a known_hosts of the demo, so that yours are left alone:');
  prompt.show(`alias lockstep='node ${PROGRAM} -F none -k key --known-hosts known_hosts'`);
}

async function runCommand(prompt: Prompt): Promise<void> {
  prompt.heading('1. A command on all nodes, in the directory app below the home.');
  await expectCode(0, prompt.run([...CLUSTER, '-C', 'cat', 'current/version']));
}

async function syncRelease(prompt: Prompt, playground: Playground): Promise<void> {
  prompt.heading('2. A release to all nodes, by a tool of yours that has two barriers.');
  await expectCode(0, prompt.run(['ls', 'v2']));
  await expectCode(0, prompt.run(['cat', 'v2/switch']));
  prompt.note('No node switches before the slow one has checked, too.');
  await expectCode(0, prompt.run([...CLUSTER, '-n', 'sh v2/switch v2', '-e', '-S', 'v2']));
  const versions = await playground.versions();
  if (versions.some((version) => version !== '2.0')) throw new Error(`the nodes run ${versions.join(', ')}`);
}

async function contendForLock(prompt: Prompt): Promise<void> {
  prompt.heading('3. One run at a time: the second is refused, and told who holds the lock.');
  const holder = prompt.runInBackground([...CLUSTER, '-L']);
  await holder.printed('waiting for interrupt');
  await expectCode(EXIT.locked, prompt.run([...CLUSTER, '-C', 'date']));
  prompt.note(`That was exit code ${EXIT.locked}. The first run ends, and with it the lock:`);
  prompt.show('kill -INT %1; wait');
  holder.kill('SIGINT');
  await expectCode(EXIT.interrupted, holder.exitCode);
  await expectCode(0, prompt.run([...CLUSTER, '-C', 'cat', 'current/version']));
}

function sayGoodbye(prompt: Prompt): void {
  prompt.heading(`That was all; the nodes and their directory are gone again. To read next, in ${PACKAGE}`);
  prompt.note('README.md             how to use it on machines of yours, and where the rest is written');
  prompt.note('sync-tool/README.md   how to write a tool like v2/switch');
  prompt.note('bin/lockstep.js help  all options');
}

async function expectCode(expected: number, exitCode: Promise<number>): Promise<void> {
  const code = await exitCode;
  if (code !== expected) throw new Error(`the last command ended with ${code} instead of ${expected}`);
}
