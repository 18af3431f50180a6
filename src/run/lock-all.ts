/** Takes the lock of a run, as its options ask for it, and tells how it went. */
import type { Options } from '../cli/options.ts';
import { LockstepError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { LIMITS } from '../limits.ts';
import { acquireAll } from '../lock/acquire.ts';
import type { LeaseTiming } from '../lock/lease.ts';
import { releaseAll } from '../lock/while-held.ts';
import type { Keeper, KeeperSettings } from '../node/keeper.ts';
import { singleLine } from '../node/speech.ts';
import type { Connection } from '../ssh/transport.ts';
import type { RunIdentity } from './identity.ts';

export interface LockContext {
  readonly options: Options;
  readonly identity: RunIdentity;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** One keeper for each connection, in their order. */
export async function lockAll(connections: readonly Connection[], context: LockContext): Promise<Keeper[]> {
  const { options, emit, signal } = context;
  void emit({ type: 'phase', phase: 'lock', nodes: connections.length });
  const settings = keeperSettings(context);
  const keepers = await acquireAll(connections, {
    settings,
    isRefusalTolerated: options.noLockFail,
    signal,
    onAcquired: ({ node }) => {
      void emit({ type: 'node-done', phase: 'lock', node });
      void emit({
        type: 'log',
        level: 'trace',
        message: `lock acquired: '${node.id}' on '${settings.lockPath}'`,
      });
    },
    onRefused: (error) => {
      if (error.node === undefined) return;
      void emit({ type: 'node-failed', phase: 'lock', node: error.node, error });
      if (options.noLockFail) void emit({ type: 'log', level: 'warn', message: error.message });
    },
    release: (taken) => releaseAll(taken, { kind: 'broken', lost: new Set(), isCommitBegun: false }),
  });
  const done = options.noLock ? 'connection established to' : 'global lock acquired on';
  void emit({ type: 'log', level: 'debug', message: `${done} ${keepers.length} nodes` });
  return keepers;
}

export function leaseTiming({ heartbeatMs, sendTimeoutMs, leaseMs }: Options): LeaseTiming {
  const { leaseSlackMs, clockJumpMs } = LIMITS;
  return {
    heartbeatMs,
    answerMs: Math.min(heartbeatMs, sendTimeoutMs),
    leaseMs,
    slackMs: leaseSlackMs,
    clockJumpMs,
  };
}

function keeperSettings({ options, identity }: LockContext): KeeperSettings {
  const isUploading = options.mode === 'upload' || options.mode === 'sync';
  return {
    ...identity,
    lockPath: lockPath(options),
    reason: '',
    command: singleLine(describeCommand(options), LIMITS.holderTextCharsMax),
    leaseMs: options.leaseMs,
    graceMs: options.killGraceMs,
    kind: options.noLock ? 'none' : 'exclusive',
    make: options.lockFile !== undefined ? 'file' : isUploading ? 'directory' : 'none',
    sudo: options.sudo,
  };
}

/** Trailing slashes are no part of the name that is shown and compared. */
function lockPath({ lockFile, root }: Options): string {
  const path = lockFile ?? root ?? '/';
  if (path.includes('\n')) throw new LockstepError('usage', 'a lock path cannot hold a newline');
  return path.replace(/(?<=.)\/+$/, '');
}

/** Only the first word: arguments may hold what is not for every user of the node. */
function describeCommand({ mode, words, syncCommand }: Options): string {
  const letter = { command: '-C', upload: '-U', sync: '-S', lock: '-L' }[mode];
  const word = (mode === 'command' ? words[0] : syncCommand)?.trim().split(/\s/)[0] ?? '';
  return `${letter} ${word}`.trim();
}
