/** What the controller tells a keeper, a line each; it waits for no answer. */
import { encodeLine } from '../speech.ts';

export abstract class KeeperWords {
  #hasRunDirectory = false;
  #isAlone = false;

  /** Feeds the leash without asking for an answer. */
  feed(): void {
    this.say('BEAT');
  }

  /** Tells of a private directory that must not outlive the run. */
  announceStage(path: string): void {
    this.say(`STAGE ${path}`);
  }

  /** Whether what this run put in place is gone again when it fails. */
  get hasRunDirectory(): boolean {
    return this.#hasRunDirectory;
  }

  /** Tells of the run directory, which outlives the run only if that ends well. */
  announceRunDirectory(path: string): void {
    this.#hasRunDirectory = true;
    this.say(`SCRATCH ${path}`);
  }

  /** From here it stays, however the run ends: the keeper has none to remove. */
  keepRunDirectory(): void {
    if (this.#hasRunDirectory) this.say('SCRATCH ');
  }

  /** Others may join from now on: their keepers must be gone before the lock is free. */
  announceSession(): void {
    this.say('SESSION');
  }

  /** Takes that back: nobody has joined on this node, or all that they had there has ended by its own word. Before the last word. */
  announceAlone(): void {
    this.#isAlone = true;
  }

  /** Ends the run's workers on this node; the lock is held on. */
  endWorkers(): void {
    this.say('END');
  }

  /** The same where the shell above a command was killed: nobody would find the command by its shell any more. */
  endLost(): void {
    this.say('LOST');
  }

  /** Gives the text that undoes a half-done commit, to be run when the run ends abnormally. */
  giveRecovery(text: string): void {
    this.say(`RECOVER ${encodeLine(text)}`);
  }

  /** All nodes have switched, and keep what they have: from here that text makes a commit final which was cut short. */
  decideToKeep(): void {
    this.say('KEEP');
  }

  /** The normal end; `keep` leaves a directory that was made for this run. */
  release(keep: boolean): void {
    this.say(`${this.#isAlone ? 'ALONE\n' : ''}${keep ? 'RELEASE keep' : 'RELEASE'}`);
  }

  /** Before any work: the lock is of no use, since another node refused. */
  giveBack(): void {
    this.say('BACK');
  }

  /** The abnormal end: the run's workers are ended first, then the lock is freed. */
  stop(): void {
    this.say('STOP');
  }

  protected abstract say(line: string): void;
}
