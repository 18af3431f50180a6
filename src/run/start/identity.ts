/** Makes the identity of a run: public names for argv and messages, and secrets that never appear there. */
import { hostname } from 'node:os';
import { secondOfRun } from '../../core/run-id.ts';
import { accountName } from '../../core/surroundings.ts';
import { readVersion } from '../../version.ts';
import type { Surroundings } from '../surroundings.ts';

export interface RunIdentity {
  /** Public: time and a random part, `20261121T091240-1f0a3b5c`. */
  readonly run: string;
  /** `user@host` of the controller. */
  readonly who: string;
  /** When the run began, UTC, to the second. */
  readonly since: string;
  /** The version of this lockstep. */
  readonly version: string;
  /** Secret: 128 random bits that mark what keepers and receivers say. */
  readonly token: string;
}

type Maker = Pick<Surroundings, 'clock' | 'randomBytes' | 'environment'>;

export async function createIdentity({ clock, randomBytes, environment }: Maker): Promise<RunIdentity> {
  const nowMs = clock.wallMs();
  return {
    run: `${secondOfRun(nowMs)}-${randomBytes(4).toString('hex')}`,
    who: `${whoIs(userName(), environment.SUDO_USER)}@${hostname()}`,
    since: utcSeconds(new Date(nowMs)),
    version: await readVersion(),
    token: randomBytes(16).toString('hex'),
  };
}

/** On a jump host everybody is root, so the name says who became root: `root(ann)`. */
export function whoIs(user: string, sudoUser: string | undefined): string {
  const isName = sudoUser !== undefined && sudoUser !== user && /^[\w.@+-]{1,64}$/.test(sudoUser);
  return isName ? `${user}(${sudoUser})` : user;
}

/** `2026-11-21T09:12:40Z` */
export function utcSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The uid of the controller may have no name. */
export function userName(): string {
  return accountName() ?? String(process.getuid?.() ?? 'unknown');
}
