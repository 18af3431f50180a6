/** What a fleet has, and what a schedule would do, as texts for a terminal. */
import { sanitiseText } from '../../text/sanitise.ts';
import type { Fleet } from '../fleet-options.ts';
import type { Plan } from './plan.ts';

/** Jobs with their roles, roles with their sites, sites with their hosts. */
export function listText({ sites, jobs }: Pick<Fleet, 'sites' | 'jobs'>): string {
  const names = new Set(sites.names());
  const rolesOf = (job: string) => [...new Set(jobs.actionsOf(job)?.flatMap(({ roles }) => roles))];
  return lines([
    ...section('jobs', jobs.names(), (job) => rolesOf(job).join(', ')),
    ...section(
      'roles',
      sites.roles().filter((role) => !names.has(role)),
      (role) => sites.list(role).join(', '),
    ),
    ...section('sites', [...names], (site) => sites.get(site)?.host ?? 'this machine'),
  ]);
}

/** The jobs on their sites, in the order in which they start if nothing holds them. */
export function planText(plan: Plan): string {
  const pairs = new Map(plan.pairs.map((pair) => [pair.key, pair]));
  const steps = plan.order.flatMap((key) => pairs.get(key) ?? []);
  return lines([
    `${plan.wish.mode}: actions ${plan.actionCount}, sites ${plan.sites.length}; nothing was connected`,
    ...steps.map(
      ({ job, site, actions }) =>
        `  ${site}  ${job}${actions.length > 1 ? ` (${actions.length} actions)` : ''}`,
    ),
  ]);
}

function section(title: string, names: readonly string[], about: (name: string) => string): string[] {
  return names.length === 0 ? [] : [`${title}:`, ...names.map((name) => `  ${name}  ${about(name)}`)];
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${sanitiseText(line)}\n`).join('');
}
