/** The order of test files: what takes longest starts first, so that all lanes end together, also where no run left its times. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longer than the others by far, with their seconds on two cores; without this vitest goes by size. */
const SECONDS: Readonly<Record<string, number>> = {
  'sshd/merged-outputs.test.ts': 85,
  'sshd/unusable.test.ts': 108,
  'sshd/hostile-logins.test.ts': 50,
  'sshd/processes-die.test.ts': 79,
  'sshd/outside-session.test.ts': 42,
  'sshd/login-scripts.test.ts': 35,
  'sshd/late-output.test.ts': 55,
  'sshd/session-channels.test.ts': 54,
  'sshd/fuzz.test.ts': 70,
  'sshd/abnormal-end.test.ts': 42,
  'sshd/background.test.ts': 37,
  'sshd/lock.test.ts': 37,
  'sshd/jobs.test.ts': 36,
  'sshd/command-end.test.ts': 35,
  'sshd/contract.test.ts': 35,
  'sshd/interrupt.test.ts': 34,
  'sshd/login-shells.test.ts': 50,
  'sshd/contract-dropbear.test.ts': 33,
  'sshd/rc-files.test.ts': 32,
  'sshd/missing-programs.test.ts': 60,
  'sshd/status-bar.test.ts': 30,
  'sshd/session.test.ts': 40,
  'sshd/random-kills.test.ts': 28,
  'sshd/look-first.test.ts': 68,
  'sshd/switch.test.ts': 68,
  'sshd/request.test.ts': 53,
  'sshd/command.test.ts': 50,
  'sshd/rollback.test.ts': 39,
  'sshd/delete.test.ts': 30,
  'sshd/rollout-files.test.ts': 30,
  'sshd/rollout.test.ts': 20,
  'sshd/fleet.test.ts': 20,
  'sshd/fleet-end.test.ts': 16,
  'sshd/rollout-file.test.ts': 17,
  'sshd/journal.test.ts': 14,
  'sshd/decision.test.ts': 27,
  'sshd/commit-crash.test.ts': 26,
  'sshd/sync.test.ts': 36,
  'unit/node/keeper-end.test.ts': 42,
  'unit/node/undo.test.ts': 26,
  'unit/simulation/exchanges.test.ts': 32,
  'unit/simulation/seeds.test.ts': 18,
  'unit/sync-tool/sync.test.ts': 20,
  'unit/node/lock-look.test.ts': 21,
  'unit/node/keeper-clock.test.ts': 19,
  'unit/node/removals.test.ts': 14,
  'unit/node/verify.test.ts': 12,
  'unit/node/asked-before.test.ts': 15,
  'unit/node/keeper-session.test.ts': 13,
  'unit/cli/completion.test.ts': 12,
  'unit/node/keeper.test.ts': 10,
  'unit/node/proofs.test.ts': 10,
  'unit/node/relocate.test.ts': 12,
  'unit/node/receive.test.ts': 9,
  'unit/node/cut-streams.test.ts': 9,
  'unit/node/flipped-bytes.test.ts': 8,
  'unit/node/sent-attributes.test.ts': 9,
  'unit/node/remains.test.ts': 8,
  'unit/session/turns.test.ts': 7,
  'unit/node/placement.test.ts': 6,
  'unit/node/long-paths.test.ts': 6,
  'unit/node/deletes.test.ts': 10,
  'unit/node/packed.test.ts': 9,
  'unit/node/sums.test.ts': 8,
  'unit/node/xattrs.test.ts': 6,
  'unit/node/decision.test.ts': 7,
  'unit/node/mends.test.ts': 5,
  'unit/node/tar-round-trip.test.ts': 7,
  'unit/node/keeper-lock.test.ts': 4,
  'unit/node/surroundings.test.ts': 5,
  'unit/node/links.test.ts': 5,
  'unit/node/sparse-files.test.ts': 5,
  'unit/transfer/archive.test.ts': 5,
  'unit/ssh/asked-secrets.test.ts': 4,
  'unit/node/closed-directories.test.ts': 4,
  'embedded/demo.test.ts': 35,
  'embedded/lock/lease.test.ts': 33,
  'embedded/package.test.ts': 15,
  'embedded/ssh/contract.test.ts': 13,
  'docker/contract.test.ts': 43,
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longestFirst(await super.sort(files));
  }

  /** Parts (`--shard=1/2`) that take as long as each other: each file goes to the one that has least so far. */
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index, count } = this.ctx.config.shard ?? { index: 1, count: 1 };
    const inOrder = files.toSorted((one, other) => (one.moduleId < other.moduleId ? -1 : 1));
    const parts = Array.from({ length: count }, () => ({ seconds: 0, files: [] as TestSpecification[] }));
    for (const file of longestFirst(inOrder)) {
      const part = parts.reduce((least, one) => (one.seconds < least.seconds ? one : least));
      part.seconds += secondsOf(file);
      part.files.push(file);
    }
    return parts[index - 1]?.files ?? [];
  }
}

function longestFirst(files: readonly TestSpecification[]): TestSpecification[] {
  return files.toSorted((one, other) => secondsOf(other) - secondsOf(one));
}

function secondsOf({ moduleId }: TestSpecification): number {
  return SECONDS[moduleId.slice(moduleId.lastIndexOf('/test/') + '/test/'.length)] ?? SECONDS_OF_OTHERS;
}

/** Of the unit tier; most files of other tiers are named. */
const SECONDS_OF_OTHERS = 0.5;
