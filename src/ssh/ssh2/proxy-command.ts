/** ProxyCommand: starts, as ssh does, a program whose stdin and stdout lead to the server, and ends it with the connection. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../core/limits/limits.ts';
import type { HostConfig } from '../config/host-config.ts';
import { cut } from '../cut.ts';
import { signalGroup } from '../signal-group.ts';
import { PipedWire } from './piped-wire.ts';

/** `shell`: the user's (SHELL). */
export function openProxyCommand({ proxyCommand = '' }: HostConfig, shell = '/bin/sh'): PipedWire {
  const child = spawn(shell, ['-c', `exec ${proxyCommand}`], { stdio: 'pipe', detached: true });
  let said = '';
  let ended: string | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-LIMITS.nodeSaidCharsMax);
  });
  const exited = once(child, 'close').then(
    ([code, signal]) => {
      ended ??= `the ProxyCommand ended with ${signal ?? `exit ${code}`}`;
    },
    (error: Error) => {
      ended ??= `the ProxyCommand cannot be started: ${error.message}`;
    },
  );
  const lossReason = () => {
    const last = said.trim().split('\n').at(-1) ?? '';
    return ended === undefined || last === '' ? ended : `${ended}: ${cut(last)}`;
  };
  const hangUp = async () => {
    // The signal must reach what the command has started, too.
    const kill = (signal: NodeJS.Signals) => signalGroup(child.pid, signal);
    kill('SIGHUP');
    const timer = setTimeout(() => kill('SIGKILL'), LIMITS.closeGraceMs);
    await exited;
    clearTimeout(timer);
  };
  // The command's outputs end before the command does.
  const known = () => Promise.race([exited, sleep(LIMITS.closeGraceMs, undefined, { ref: false })]);
  const wire = new PipedWire({ from: child.stdout, to: child.stdin, lossReason, known, hangUp });
  void exited.then(() => wire.lose());
  return wire;
}
