/** The order of test files: what takes longest starts first, so that all lanes end together, also where no run left its times. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longer than the others by far, the longest first; without this vitest goes by size. */
const LONG: readonly string[] = [
  'sshd/contract.test.ts',
  'sshd/contract-dropbear.test.ts',
  'sshd/unusable.test.ts',
  'sshd/login-shells.test.ts',
  'sshd/processes-die.test.ts',
  'sshd/late-output.test.ts',
  'sshd/login-scripts.test.ts',
  'sshd/missing-programs.test.ts',
  'sshd/session.test.ts',
  'sshd/background.test.ts',
  'sshd/random-kills.test.ts',
  'unit/node/keeper.test.ts',
  'unit/node/undo.test.ts',
  'unit/node/proofs.test.ts',
  'unit/simulation/exchanges.test.ts',
  'unit/node/lock-look.test.ts',
  'unit/sync-tool/sync.test.ts',
  'unit/node/keeper-clock.test.ts',
  'unit/node/receive.test.ts',
  'unit/node/cut-streams.test.ts',
  'unit/node/flipped-bytes.test.ts',
  'unit/simulation/seeds.test.ts',
  'unit/node/keeper-session.test.ts',
  'unit/node/relocate.test.ts',
  'unit/node/quote.test.ts',
  'embedded/ssh/contract.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longestFirst(await super.sort(files));
  }

  /** Parts (`--shard=1/2`) that take as long as each other: what takes long is dealt out like cards. */
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index, count } = this.ctx.config.shard ?? { index: 1, count: 1 };
    const inOrder = files.toSorted((one, other) => (one.moduleId < other.moduleId ? -1 : 1));
    return longestFirst(inOrder).filter((_file, at) => at % count === index - 1);
  }
}

function longestFirst(files: readonly TestSpecification[]): TestSpecification[] {
  const rank = ({ moduleId }: TestSpecification) => {
    const at = LONG.findIndex((path) => moduleId.endsWith(path));
    return at === -1 ? LONG.length : at;
  };
  return files.toSorted((one, other) => rank(one) - rank(other));
}
