/** `--plan`: what a rollout would do. It connects to nothing. */
import { planOf } from '../../rollout/plan-of.ts';
import { ALL_AT_ONCE } from '../../schedule/rollout-rules.ts';
import { type Run, whilePreparing } from '../begin.ts';
import { namesFiles } from '../request/work.ts';
import { openHosts, resolveNodes } from '../start/resolve.ts';
import { askedGroups, findRollout, openRolloutFile } from './find-rollout.ts';
import { isRollout } from './is-rollout.ts';

/** Rejects with LockstepError `usage`. */
export async function tellPlan(run: Run): Promise<void> {
  const plan = await whilePreparing(run, makePlan(run));
  run.tell({ type: 'plan', plan });
  const { work, rollout } = run.request;
  if (!namesFiles(work) || !isRollout(rollout)) return;
  const message =
    'all nodes get the files first, and each puts them in place at its turn, so it is not all or none of them';
  run.tell({ type: 'log', level: 'info', message });
}

async function makePlan({ request, here, tell }: Run) {
  const opened = await openRolloutFile(request, here);
  const hosts = await openHosts(request.connect, here);
  const needsCatalogue = opened?.needsGroups;
  const found = await resolveNodes(request.targets, here, {
    hosts,
    groups: askedGroups(request),
    needsCatalogue,
  });
  const rules = findRollout(request, { ...found, opened }, tell) ?? ALL_AT_ONCE;
  return planOf(rules, found.nodes, opened?.hooks);
}
