/** Asks by a program instead of a terminal, as ssh does: SSH_ASKPASS, and SSH_ASKPASS_REQUIRE. */
import { spawn } from 'node:child_process';
import { LIMITS } from '../core/limits/limits.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The program to ask by; undefined if the terminal asks, or nobody. */
export function askpassProgram(environment: Environment, isTerminalThere: boolean): string | undefined {
  const { SSH_ASKPASS, SSH_ASKPASS_REQUIRE: require = '', DISPLAY, WAYLAND_DISPLAY } = environment;
  if (!SSH_ASKPASS || require === 'never') return undefined;
  if (require === 'force' || require === 'prefer') return SSH_ASKPASS;
  return !isTerminalThere && (DISPLAY || WAYLAND_DISPLAY) ? SSH_ASKPASS : undefined;
}

/** The first line that it prints; empty if it fails, as in ssh. Rejects with the signal's reason. */
export function askByProgram(program: string, prompt: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const child = spawn(program, [prompt], { stdio: ['ignore', 'pipe', 'inherit'] });
    const onAbort = () => {
      child.kill();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(0, LIMITS.secretCharsMax);
    });
    const end = (code: number | null) => {
      signal.removeEventListener('abort', onAbort);
      resolve(code === 0 ? (printed.split(/[\r\n]/)[0] ?? '') : '');
    };
    child.on('error', () => end(null));
    child.on('close', end);
  });
}
