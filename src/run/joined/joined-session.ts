/** A run inside a session: the same story, with the connections and the lock of another, and no heartbeat of its own. */
import type { Leases } from '../../lock/run-leases.ts';
import type { HeldKeeper } from '../../node/keeper/held-keeper.ts';
import type { SessionLink } from '../../session/join.ts';
import type { Welcome } from '../../session/messages.ts';
import type { RunIdentity } from '../start/identity.ts';

export interface JoinedSession {
  readonly socketPath: string;
  readonly welcome: Welcome;
  /** Aborts when the session is over, or its lock is lost. */
  readonly over: AbortSignal;
  /** Gives this call its names; its secrets stay its own. */
  identify(fresh: RunIdentity): RunIdentity;
  /** The holder has the heart: a lease ends with its keeper, or with the session, whose end is `over`. */
  openLeases(onLost: (keeper: HeldKeeper, reason: string) => void): Leases;
}

export function joinedSession(link: SessionLink, socketPath: string): JoinedSession {
  const { welcome, over } = link;
  return {
    socketPath,
    welcome,
    over,
    identify: (fresh) => ({ ...fresh, run: welcome.call, who: welcome.who }),
    openLeases(onLost) {
      const watched = new Set<HeldKeeper>();
      return {
        add: (keeper) => {
          watched.add(keeper);
          void keeper.gone.then((reason) => watched.has(keeper) && onLost(keeper, reason));
        },
        remove: (keeper) => void watched.delete(keeper),
        check: () => {},
        stop: () => watched.clear(),
      };
    },
  };
}
