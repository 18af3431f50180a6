/** The shell of one site, for an action or by itself. */
import type { Clock } from '../../core/clock.ts';
import type { LockstepError } from '../../core/errors.ts';
import { isRecord } from '../../core/is-record.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { ActionName, JobEvent } from '../job-types.ts';
import { kindOf, refusal } from '../names.ts';
import { untold } from '../tell/guarded-tell.ts';
import { writeLine } from '../tell/sinks.ts';
import { lineOf } from '../tell/tell-text.ts';
import type {
  Ground,
  Running,
  RunOptions,
  Shell,
  ShellResult,
  Site,
  SpawnOptions,
  Transfer,
  TransferOptions,
} from '../types.ts';
import { abortError, onAnyAbort } from './aborts.ts';
import { Command, type CommandSettings } from './command.ts';
import { Heeded, type Unheard } from './heeded.ts';
import { readBecome, readRun } from './read-run.ts';
import type { Work } from './works.ts';

export interface ShellSettings {
  readonly site: Site;
  readonly ground: Ground;
  readonly of: ActionName;
  readonly clock: Clock;
  readonly check: boolean;
  readonly tell: (event: JobEvent) => void | Promise<void>;
  /** Called first: throws if nothing may begin any more. */
  guard(what: string): void;
  /** Arranges for it to end at the right time. */
  begin(work: Work, isDetached: boolean): void;
  /** Takes failures of runs and transfers for which nobody waits; left out: they are their program's own. */
  readonly unheard?: ((failure: Unheard) => void) | undefined;
}

export class SiteShell implements Shell {
  readonly #settings: ShellSettings;

  constructor(settings: ShellSettings) {
    this.#settings = settings;
  }

  run(command: string | readonly string[], options: RunOptions = {}): Promise<ShellResult> {
    return this.#heeded(this.#start('run', command, options).result);
  }

  spawn(command: string | readonly string[], options: SpawnOptions = {}): Running {
    const { result, end } = this.#start('spawn', command, options);
    return { result, end };
  }

  upload(paths: string | readonly string[], options: TransferOptions): Promise<void> {
    return this.#transfer('upload', paths, options);
  }

  download(paths: string | readonly string[], options: TransferOptions): Promise<void> {
    return this.#transfer('download', paths, options);
  }

  mirror(paths: string | readonly string[], options: TransferOptions): Promise<void> {
    return this.#transfer('mirror', paths, options);
  }

  #start(what: 'run' | 'spawn', text: string | readonly string[], options: SpawnOptions): Running {
    const { site, ground, of, clock, check, tell, guard, begin } = this.#settings;
    guard(`shell.${what}()`);
    const wish = readRun(text, options, site);
    const event: JobEvent = { type: 'command', of, command: wish.text };
    let unlogged: LockstepError | undefined;
    let command: Command | undefined;
    writeLine(wish.log, lineOf(event), (thrown) => {
      unlogged = untold('what a command does', thrown);
      command?.end(unlogged);
    });
    if (unlogged !== undefined) throw unlogged;
    void tell(event);
    const output: CommandSettings['output'] = (stream, chunk, endsLine) =>
      tell({ type: 'output', of, stream, chunk, ...(endsLine ? { endsLine } : {}) });
    const begun = new Command(wish, { site: site.name, ground, clock, check, output });
    command = begun;
    begin(begun, wish.isDetached);
    return { result: begun.result, end: () => begun.end() };
  }

  #transfer(kind: Transfer['kind'], paths: unknown, options: TransferOptions): Promise<void> {
    const { ground, guard, begin } = this.#settings;
    guard(`shell.${kind}()`);
    const { to, signal, become } = readTransfer(kind, options);
    const ender = new AbortController();
    const stop = onAnyAbort([signal], (error) => ender.abort(error));
    const wish = { kind, paths: readPaths(kind, paths), to, become, signal: ender.signal };
    const result = ground.transfer(wish).finally(stop);
    result.catch(() => {});
    const over = result.then(noError, noError);
    begin({ over, end: (why) => ender.abort(why) }, false);
    return this.#heeded(
      result.catch((error) => {
        throw ender.signal.aborted ? abortError(ender.signal) : error;
      }),
    );
  }

  #heeded<T>(result: Promise<T>): Promise<T> {
    const { unheard } = this.#settings;
    return unheard === undefined ? result : Heeded.of(result, unheard);
  }
}

const noError = () => undefined;

function readTransfer(
  kind: string,
  options: unknown,
): TransferOptions & { readonly become: string | undefined } {
  if (!isRecord(options) || typeof options.to !== 'string' || options.to === '')
    throw refusal(`${kind}: the destination is missing`, `shell.${kind}(paths, { to: '/srv/www' })`);
  const unknown = Object.keys(options).find((key) => !['to', 'become', 'signal'].includes(key));
  if (unknown !== undefined) throw refusal(`${kind}: ${quoteInput(unknown)} is no option of it`);
  const { to, signal, become } = options as unknown as TransferOptions;
  return { to, signal, become: readBecome(become) };
}

function readPaths(kind: string, paths: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(paths) ? paths : [paths];
  for (const path of list)
    if (typeof path !== 'string' || path === '')
      throw refusal(`${kind}: a path is a text, and not ${path === '' ? 'empty' : kindOf(path)}`);
  if (list.length === 0) throw refusal(`${kind}: there is no path in the list`);
  return list as string[];
}
