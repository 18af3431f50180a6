/** Reads the options of a command over those of its site, and checks them before it starts. Pure. */
import { isRecord } from '../../core/is-record.ts';
import { JOBS_LIMITS } from '../../core/limits/jobs.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { kindOf, refusal } from '../names.ts';
import { readTime, truth } from '../read-values.ts';
import type { RunOptions, Sink, Site, SpawnOptions } from '../types.ts';

export interface CommandWish {
  readonly text: string;
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly become: string | undefined;
  readonly stdin: RunOptions['stdin'];
  readonly timeoutMs: number | undefined;
  readonly captureBytes: number;
  /** Gets the output; `none`: nobody; undefined: the listener of all events. */
  readonly stdout: Sink | 'none' | undefined;
  readonly stderr: Sink | 'none' | undefined;
  readonly log: Sink | undefined;
  readonly signal: AbortSignal | undefined;
  readonly check: boolean | undefined;
  readonly isDetached: boolean;
}

/** Throws LockstepError `usage`. */
export function readRun(command: unknown, options: SpawnOptions, site: Site): CommandWish {
  if (!isRecord(options)) throw refusal(`the options of a command are an object, and not ${kindOf(options)}`);
  const unknown = Object.keys(options).find((key) => !KEYS.has(key as keyof SpawnOptions));
  if (unknown !== undefined)
    throw refusal(`${quoteInput(unknown)} is no option of a command`, `there are: ${[...KEYS].join(', ')}`);
  const given = <Key extends keyof Site & keyof SpawnOptions>(key: Key) => options[key] ?? site[key];
  const isSilent = truth(given('silent'), 'silent');
  const isQuiet = truth(given('quiet'), 'quiet') || isSilent;
  const stdout = readSink(given('stdout'), 'stdout');
  const stderr = readSink(given('stderr'), 'stderr');
  const cwd = readText(given('cwd'), 'cwd');
  return {
    text: readCommand(command, cwd),
    cwd,
    env: { ...readEnv(site.env), ...readEnv(options.env) },
    become: readBecome(given('become')),
    stdin: readStdin(options.stdin),
    timeoutMs: readTime(options.timeoutMs, 'timeoutMs'),
    captureBytes: readBytes(given('captureBytes')),
    stdout: isQuiet ? 'none' : stdout,
    stderr: isSilent ? 'none' : stderr,
    log: readSink(given('log'), 'log'),
    signal: readSignal(options.signal),
    check: options.check === undefined ? undefined : truth(options.check, 'check'),
    isDetached: truth(options.detached, 'detached'),
  };
}

/** Checks a site's options before any of its jobs begins. */
export function checkSite(site: Site): void {
  try {
    readRun('true', {}, site);
    for (const key of ['host', 'user'] as const) readText(site[key], key);
  } catch (error) {
    throw error instanceof Error ? refusal(`the site ${quoteInput(site.name)}: ${error.message}`) : error;
  }
}

const KEYS: ReadonlySet<keyof SpawnOptions> = new Set([
  ...(['cwd', 'env', 'become', 'quiet', 'silent', 'captureBytes', 'stdout', 'stderr', 'log'] as const),
  ...(['stdin', 'timeoutMs', 'signal', 'check', 'detached'] as const),
]);

function readCommand(command: unknown, cwd: string | undefined): string {
  const list: readonly unknown[] = Array.isArray(command) ? command : [command];
  for (const one of list) {
    if (typeof one !== 'string') throw refusal(`a command is a text, and not ${kindOf(one)}`);
    if (one.trim() === '') throw refusal('a command is empty');
    if (one.includes('\0')) throw refusal('a command holds a NUL byte, which no shell can be given');
  }
  if (list.length === 0) throw refusal('there is no command in the list');
  const text = list.join(' && ');
  const bytes = Buffer.byteLength(cwd === undefined ? text : `cd ${cwd} && { ${text} }`);
  if (bytes > COMMAND_BYTES_MAX)
    throw refusal(
      `a command has ${bytes} bytes, and a shell can be given ${COMMAND_BYTES_MAX} at most`,
      `let a shell read it: shell.run('sh', { stdin: text })`,
    );
  return text;
}

/** With room for what takes it to its shell. */
const COMMAND_BYTES_MAX = LIMITS.wordBytesMax - 64;

export function readBecome(given: unknown): string | undefined {
  if (given === undefined || given === false) return undefined;
  if (given === true) return 'root';
  const user = readText(given, 'become');
  if (user?.startsWith('-')) throw refusal(`become: ${quoteInput(user)} is no user`);
  return user;
}

function readText(given: unknown, where: string): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'string') throw refusal(`${where}: a text is needed, not ${kindOf(given)}`);
  if (given === '' || given.includes('\0')) throw refusal(`${where}: ${quoteInput(given)} is none`);
  return given;
}

function readEnv(given: unknown): Record<string, string> {
  if (given === undefined) return {};
  if (!isRecord(given)) throw refusal(`env: an object is needed, not ${kindOf(given)}`);
  for (const [name, value] of Object.entries(given)) {
    if (!/^[A-Za-z_]\w*$/.test(name)) throw refusal(`env: ${quoteInput(name)} is no name of a variable`);
    if (typeof value !== 'string' || value.includes('\0'))
      throw refusal(`env: ${name}: a text without NUL bytes is needed, not ${kindOf(value)}`);
    if (Buffer.byteLength(`${name}=${value}`) > LIMITS.wordBytesMax)
      throw refusal(`env: ${name} is longer than ${LIMITS.wordBytesMax} bytes`, 'give it on stdin');
  }
  return given as Record<string, string>;
}

function readBytes(given: unknown): number {
  if (given === undefined) return JOBS_LIMITS.captureBytes;
  if (Number.isInteger(given) && Number(given) >= 0 && Number(given) <= JOBS_LIMITS.captureBytesMax)
    return Number(given);
  throw refusal(`captureBytes: a whole number up to ${JOBS_LIMITS.captureBytesMax} is needed`);
}

function readSink(given: unknown, where: string): Sink | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'object' && given !== null && 'write' in given && typeof given.write === 'function')
    return given as Sink;
  throw refusal(`${where}: something with write() is needed, not ${kindOf(given)}`);
}

function readStdin(given: unknown): RunOptions['stdin'] {
  const isReadable =
    typeof given === 'object' && given !== null && 'pipe' in given && typeof given.pipe === 'function';
  if (given === undefined || typeof given === 'string' || given instanceof Uint8Array || isReadable)
    return given as RunOptions['stdin'];
  throw refusal(`stdin: a text, bytes or a stream is needed, not ${kindOf(given)}`);
}

function readSignal(given: unknown): AbortSignal | undefined {
  if (given === undefined || given instanceof AbortSignal) return given;
  throw refusal(`signal: an AbortSignal is needed, not ${kindOf(given)}`);
}
