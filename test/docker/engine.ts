/** A Docker engine to test with: the one of this machine where it answers, else one of our own that leaves nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Docker from 'dockerode';
import { until } from '../farm/process.ts';

export interface Engine {
  readonly docker: Docker;
  /** Ends the engine if it is our own. */
  stop(): Promise<void>;
}

/**
 * An engine of our own keeps what it has in `directory`, which it removes when it ends, and gives `name` to its bridge and its
 * control group; at most 15 characters, as interfaces have.
 */
export async function startEngine(name: string, directory: string): Promise<Engine> {
  const running = new Docker();
  if (await answers(running)) return { docker: running, stop: async () => {} };

  mkdirSync(join(directory, 'data'));
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
  const child = spawn('unshare', [...namespaces, 'sh', script, directory, name], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  const ended = once(child, 'close');
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  child.stdin.on('error', () => {});
  const stop = async () => {
    child.stdin.end();
    await ended;
  };

  const docker = new Docker({ socketPath: join(directory, 'docker.sock') });
  try {
    await until('the engine answers', () => answers(docker), { pauseMs: 100 });
  } catch (error) {
    const log = readFileSync(join(directory, 'dockerd.log'), 'utf8').trim().split('\n').slice(-5).join('\n');
    await stop();
    throw new Error(`${(error as Error).message}: ${errors}${log}`);
  }
  return { docker, stop };
}

async function answers(docker: Docker): Promise<boolean> {
  return docker.ping().then(
    () => true,
    () => false,
  );
}

const script = fileURLToPath(new URL('engine.sh', import.meta.url));
