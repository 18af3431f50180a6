/** The order of test files: what takes longest starts first, so that all lanes end together, also where no run left its times. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longer than the others by far, the longest first; without this vitest goes by size. */
const LONG: readonly string[] = [];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.findIndex((path) => moduleId.endsWith(path));
    const rank = (file: TestSpecification) => (isLong(file) === -1 ? LONG.length : isLong(file));
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
