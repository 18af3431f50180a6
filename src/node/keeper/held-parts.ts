/** What a keeper that has its lock begins with. */
import type { Clock, ClockReading } from '../../core/clock.ts';
import type { Unfinished } from '../../core/lock.ts';
import type { Channel, Connection } from '../../ssh/transport.ts';
import type { KeeperSettings } from './keeper-command.ts';
import type { KeeperVoice } from './keeper-voice.ts';

/** What is known of a keeper when it has its lock. */
export interface HeldParts {
  readonly connection: Connection;
  readonly channel: Channel;
  readonly voice: KeeperVoice;
  readonly settings: KeeperSettings;
  readonly clock: Clock;
  /** When its start line was sent. */
  readonly startedAt: ClockReading;
  /** PID:START of the keeper's process, by which workers know that their run lives. */
  readonly identity: string;
  /** Runs that ended in the middle of their commit on this node. */
  readonly unfinished: readonly Unfinished[];
}
