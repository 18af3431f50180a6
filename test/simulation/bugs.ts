/** Bugs on purpose, which the simulation must find: it is only as good as what it finds. */
import { KeeperModel, type Part } from './keeper-model.ts';
import type { Planted } from './simulate.ts';

/** The controller takes every lease for proven until a beat goes unanswered: it does not look at its clocks. */
const leaseNeverChecked: Planted = {
  planTiming: (timing) => ({
    ...timing,
    leaseMs: Number.MAX_SAFE_INTEGER,
    clockJumpMs: Number.MAX_SAFE_INTEGER,
  }),
};

/** The keeper lets go first, and ends the run's work then. */
class ReleasesBeforeKilling extends KeeperModel {
  override *finish(): Part {
    this.unlock();
    yield* super.finish();
  }
}

/** The keeper waits for the lock as long as it takes, while the run holds others: two runs can wait for each other. */
class HoldsAndWaits extends KeeperModel {
  override *flock(path: string, mode: 'shared' | 'exclusive'): Part<boolean> {
    const file = this.node.flocks.open(path, this.self.pid);
    if (this.node.flocks.tryLock(file, mode)) return true;
    this.node.witness.waits(this.node, this.run);
    yield { kind: 'until', begin: (done) => this.node.flocks.waitForLock(file, mode, done) };
    return true;
  }
}

/** The keeper's patience never ends. */
class NeverExpires extends KeeperModel {
  override startTimer(): void {}
}

export const BUGS: Readonly<Record<string, Planted>> = {
  'lease-never-checked': leaseNeverChecked,
  'release-before-killing': { Keeper: ReleasesBeforeKilling },
  'hold-and-wait': { Keeper: HoldsAndWaits },
  'leash-never-expires': { Keeper: NeverExpires },
};
