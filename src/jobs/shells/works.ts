/** Work of an action, or of a schedule, which ends it. */
import type { LockstepError } from '../../core/errors.ts';

export interface Work {
  /** `why`: the error with which its own promise rejects. */
  end(why: LockstepError): void;
  /** Resolves when nothing of it is left; to an error if something could not be ended. */
  readonly over: Promise<LockstepError | undefined>;
}

export class Works {
  readonly #atWork = new Set<Work>();

  begin(work: Work): void {
    this.#atWork.add(work);
    work.over.then(() => this.#atWork.delete(work));
  }

  /** Resolves when all of it is gone, to the errors of work that could not be ended. */
  async endAll(why: LockstepError): Promise<LockstepError[]> {
    const works = [...this.#atWork];
    for (const work of works) work.end(why);
    const errors = await Promise.all(works.map(({ over }) => over));
    return errors.filter((error) => error !== undefined);
  }
}
