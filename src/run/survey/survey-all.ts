/** What each node has in the place of the files: asks all side by side. Dry runs and audits tell it, uploads send what is missing. */
import { mapAtOnce } from '../../core/at-once.ts';
import { LockstepError } from '../../core/errors.ts';
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import type { Comparison } from '../../transfer/difference/compare.ts';
import type { Difference } from '../../transfer/difference/difference.ts';
import { Expectations } from '../../transfer/difference/expected.ts';
import { type Destination, wantedAt } from '../../transfer/difference/wanted.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { HeldRun, Site } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import type { Programs } from './ask-paths.ts';
import type { ExtrasWish } from './find-extras.ts';
import { LocalSums, surveyNode } from './survey-node.ts';

/** The user's wishes for the comparison of files. */
export type Comparing = Pick<WorkOf<'upload'>, 'keepsOwner' | 'keepsGroup' | 'comparesContents'>;

export interface SurveySettings {
  readonly collection: Collection;
  readonly destination: Destination;
  readonly comparing: Comparing;
  readonly isAudit?: boolean;
  readonly showsDiff?: boolean;
  readonly finds?: ExtrasWish | undefined;
  /** Ask nothing more of a node that has none of the named files or directories. */
  readonly mayBeNew?: boolean;
  /** What cannot be read on a node counts as other bytes. */
  readonly sendsUnread?: boolean;
  /** Collects the sums that are computed here. */
  readonly sums?: LocalSums;
  /** Collects the programs with which nodes carry plans out, if they should be asked. */
  readonly programs?: Map<Site, Programs> | undefined;
}

/** A node that could not be asked, and why. */
export interface Unasked {
  readonly site: Site;
  readonly error: LockstepError;
}

/** `onAnswer` gets each node's answer as it comes; what it does not keep is gone. Resolves with nodes that could not be asked. */
export async function surveyAll(
  work: HeldRun,
  { collection, destination, comparing, ...settings }: SurveySettings,
  onAnswer: (site: Site, difference: Difference) => void,
): Promise<Unasked[]> {
  const { sites, tell, held } = work;
  const { isAudit = false, showsDiff = false, finds, mayBeNew = false, sendsUnread = false } = settings;
  const { sums = new LocalSums(), programs } = settings;
  tell({ type: 'phase', phase: 'survey', nodes: sites.length });
  const { keepsOwner: preserveUid, keepsGroup: preserveGid, comparesContents } = comparing;
  const there = wantedAt(collection, destination);
  const how: Omit<Comparison, 'uid'> = {
    ownership: { preserveUid, preserveGid },
    keepsDirectories: there.keepsDirectories,
    comparesContents,
    isAudit,
  };
  const expectations = new Expectations(there, how);
  const surveying = {
    collection,
    there,
    how,
    expectations,
    showsDiff,
    finds,
    mayBeNew,
    sendsUnread,
    sums,
    programs,
  };
  const atOnce = Math.max(1, Math.floor(LOOK_LIMITS.pathsAtOnce / there.asks.length));
  const answers = await mapAtOnce(sites, atOnce, async (site) => {
    try {
      held.check();
      onAnswer(site, await surveyNode(work, site, surveying));
      tell({ type: 'node-done', phase: 'survey', node: site.node });
      return undefined;
    } catch (thrown) {
      return { site, thrown };
    }
  });
  return answers.flatMap((answer) => {
    if (answer === undefined) return [];
    const { thrown } = answer;
    // A file that changed here is no node's failure.
    if (!(thrown instanceof LockstepError) || thrown.code === 'source-changed') throw thrown;
    return [{ site: answer.site, error: thrown }];
  });
}
