/** The order of test files: what takes longest starts first, so that all lanes end together, also where no run left its times. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longer than the others by far, the longest first; without this vitest goes by size. */
const LONG: readonly string[] = [
  'sshd/unusable.test.ts',
  'sshd/login-shells.test.ts',
  'sshd/processes-die.test.ts',
  'sshd/late-output.test.ts',
  'sshd/login-scripts.test.ts',
  'sshd/missing-programs.test.ts',
  'sshd/session.test.ts',
  'sshd/background.test.ts',
  'unit/node/undo.test.ts',
  'unit/node/receive.test.ts',
  'unit/simulation/seeds.test.ts',
  'embedded/ssh/contract.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.findIndex((path) => moduleId.endsWith(path));
    const rank = (file: TestSpecification) => (isLong(file) === -1 ? LONG.length : isLong(file));
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
