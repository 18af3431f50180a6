/** A call inside a session. The holder runs a command under the session's lock; everything else goes as it would alone. */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { trimPath } from '../../core/lock.ts';
import type { Node } from '../../core/node.ts';
import { chooseNodes, coveredKind } from '../../session/coverage.ts';
import { joinSession, type SessionLink } from '../../session/join.ts';
import type { Waits, Welcome } from '../../session/messages.ts';
import { listNodes } from '../../text/list-nodes.ts';
import { type Run, tellNodes } from '../begin.ts';
import { modeOf } from '../modes/modes.ts';
import type { Connect, LockWish } from '../request/request.ts';
import { namesTargets, stdinOf } from '../request/work.ts';
import { askedGroups, findRollout } from '../rollout/find-rollout.ts';
import { waysOfSession } from '../start/ways.ts';
import { runCall } from './call.ts';

/** `socketPath`: LOCKSTEP_SESSION. Fails without that session; never connects on its own. */
export async function runJoined(given: Run, socketPath: string): Promise<void> {
  const link = await joinSession(socketPath, given.clock);
  const times = { ...given.request.times, killGraceMs: link.welcome.graceMs };
  const request = { ...given.request, times };
  // The user, or the end of the session, ends it from outside.
  const run = { ...given, request, signal: AbortSignal.any([given.signal, link.over]) };
  link.onWaits = listenerOfWaits(run, link.welcome);
  const { work, lock, rollout } = request;
  try {
    if (rollout.file !== undefined || rollout.isPlan) {
      throw new LockstepError('usage', '--rollout and --plan do not go with a session', {
        hint: '--batch, --max-down, --canary and --order do; or unset LOCKSTEP_SESSION',
      });
    }
    const { nodes, groups } = await nodesOf(run, link);
    run.progress.rollout = findRollout(request, { nodes, groups }, run.tell);
    const mode = modeOf(work);
    if ('tellHere' in mode) return mode.tellHere(waysOfSession(nodes), run);
    const isCovered = coveredKind(link.welcome, lockPathOf(lock)) !== undefined;
    if (work.mode === 'command' && work.stdin === undefined && isCovered && !isOwnAccount(request.connect)) {
      await tellNodes(run, nodes);
      await runCall(run, work, link);
    } else {
      await runWhole(run, { link, nodes, groups, socketPath });
    }
  } finally {
    link.close();
  }
}

/** What hears that a server lets no more commands run at once (MaxSessions): the caller of the run, else its listeners. */
function listenerOfWaits({ tell, here }: Run, { nodes }: Welcome): SessionLink['onWaits'] {
  const whereOf = (waits: Waits) => waits.nodes.flatMap((number) => nodes[number] ?? []);
  const { onWaits } = here;
  if (onWaits !== undefined) return (waits) => onWaits(whereOf(waits));
  let isTold = false;
  return (waits) => {
    // One line says enough: its other nodes wait for the same calls.
    if (isTold) return;
    isTold = true;
    const names = listNodes(whereOf(waits), { namesMax: LIMITS.reportNamesMax });
    const [first, ...others] = waits.calls;
    const more = others.length === 0 ? '' : ` and ${others.length} others`;
    const whom = first === undefined ? 'others of the session' : `call ${first}${more}`;
    const message = `waits for ${whom} on ${names}: sshd has no channel left there (MaxSessions)`;
    tell({ type: 'log', level: 'info', message });
  };
}

interface WholeRun {
  readonly link: SessionLink;
  readonly nodes: readonly Node[];
  readonly groups: Groups;
  readonly socketPath: string;
}

/** Loaded late: it brings along what uploads and locks need. */
async function runWhole(run: Run, { link, nodes, groups, socketPath }: WholeRun): Promise<void> {
  const [
    { tellStory },
    { createIdentity },
    { collect },
    { openInput },
    { createSessionTransport },
    joining,
    { readBecome },
  ] = await Promise.all([
    import('../story.ts'),
    import('../start/identity.ts'),
    import('../start/collect.ts'),
    import('../start/input.ts'),
    import('../../session/session-transport.ts'),
    import('./joined-session.ts'),
    import('../start/become.ts'),
  ]);
  const { request, here } = run;
  const collection = await collect(request.work, here);
  const stdin = stdinOf(request.work);
  const input = stdin === undefined ? undefined : await openInput(stdin, here);
  const become = await readBecome(request.connect, here, { nodes, groups });
  const joined = joining.joinedSession(link, socketPath);
  const identity = joined.identify(await createIdentity(here));
  await tellNodes(run, nodes);
  await tellStory(run, {
    transport: createSessionTransport(link),
    identity,
    become,
    collection,
    input,
    joined,
  });
}

type Groups = ReadonlyMap<string, readonly Node[]>;

async function nodesOf(
  { request, here }: Run,
  { welcome }: SessionLink,
): Promise<{ readonly nodes: readonly Node[]; readonly groups: Groups }> {
  const { targets, connect } = request;
  const asked = askedGroups(request);
  const isNarrowed = namesTargets(targets);
  const isUserGiven = targets.user !== undefined;
  if (!isNarrowed && isUserGiven) {
    throw new LockstepError('usage', '-u has no meaning here: the nodes of a session are logged in', {
      hint: 'leave it out, or name nodes of the session with -o',
    });
  }
  if (!isNarrowed && asked.length === 0) return { nodes: welcome.nodes, groups: new Map() };
  const { openHosts, resolveNodes } = await import('../start/resolve.ts');
  const hosts = await openHosts(connect, here);
  const named = await resolveNodes(targets, here, { hosts, known: welcome.nodes, groups: asked });
  const ours = (nodes: readonly Node[]) => chooseNodes(welcome.nodes, nodes, isUserGiven);
  const groups = new Map([...named.groups].map(([group, nodes]) => [group, ours(nodes)]));
  return { nodes: isNarrowed ? ours(named.nodes) : welcome.nodes, groups };
}

/** The keepers of the session's holder work as its own account, or as root. */
function isOwnAccount({ becomes, isSudoPasswordAsked, sudoPasswordFor }: Connect): boolean {
  return becomes !== 'root' || isSudoPasswordAsked || sudoPasswordFor.length > 0;
}

function lockPathOf({ kind, path }: LockWish): string | undefined {
  return kind === 'none' || path === undefined ? undefined : trimPath(path);
}
