/** Of what a held keeper is made, and who hears it. */
import type { Clock, ClockReading } from '../../core/clock.ts';
import type { Unfinished } from '../../core/lock.ts';
import type { Channel, Connection } from '../../ssh/transport.ts';
import type { KeeperSettings } from './keeper-command.ts';
import type { KeeperVoice } from './keeper-voice.ts';

/** Watches over a keeper. */
export interface KeeperListener {
  /** Each answered beat. */
  onPong(beat: number): void;
  /** The keeper can give no sign of life while its command runs. */
  onMute(reason: string): void;
  /** The keeper ends the run's work by itself, and then frees the lock. It says so before it begins. */
  onEnding(cause: string): void;
}

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

export const DEAF: KeeperListener = { onPong() {}, onMute() {}, onEnding() {} };
