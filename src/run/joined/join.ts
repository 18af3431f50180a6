/** A call inside a session. A command under the session's lock is run by its holder; everything else goes as it would alone. */
import { systemClock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import { chooseNodes, coveredKind, trimPath } from '../../session/coverage.ts';
import { joinSession, type SessionLink } from '../../session/join.ts';
import { type Asked, type Report, reported } from '../report/reported.ts';
import type { LockWish, RunRequest, Targets } from '../request.ts';
import { stdinOf } from '../work-request.ts';
import { runStep } from './step.ts';

/** Resolves with the exit code. `socketPath`: LOCKSTEP_SESSION. Without that session it fails; it never connects on its own. */
export function runJoined(asked: Asked, socketPath: string): Promise<number> {
  return reported(asked, async (report) => {
    const link = await joinSession(socketPath, systemClock);
    const { work } = asked.request;
    const times = { ...asked.request.times, killGraceMs: link.welcome.graceMs };
    const request = { ...asked.request, times };
    try {
      const nodes = await nodesOf(request.targets, link);
      const isCovered = coveredKind(link.welcome, lockPathOf(request.lock)) !== undefined;
      if (work.mode === 'command' && work.stdin === undefined && isCovered) {
        await runStep(work, { request, link, nodes, report, emit: await report.begin(nodes) });
      } else {
        await runWhole(request, { link, nodes, report, socketPath });
      }
    } finally {
      link.close();
    }
  });
}

interface WholeRun {
  readonly link: SessionLink;
  readonly nodes: readonly Node[];
  readonly report: Report;
  readonly socketPath: string;
}

/** Loaded late: it brings what uploads and locks need. */
async function runWhole(request: RunRequest, { link, nodes, report, socketPath }: WholeRun): Promise<void> {
  const [{ runOn }, { collect }, { openInput }, { createSessionTransport }, { joinedSession }] =
    await Promise.all([
      import('../run.ts'),
      import('../start/prepare.ts'),
      import('../start/input.ts'),
      import('../../session/session-transport.ts'),
      import('./joined-session.ts'),
    ]);
  const collection = await collect(request.work);
  const stdin = stdinOf(request.work);
  const input = stdin === undefined ? undefined : await openInput(stdin);
  const joined = joinedSession(link, socketPath);
  const emit = await report.begin(nodes);
  await runOn(createSessionTransport(link), { request, nodes, collection, input, emit, report, joined });
}

async function nodesOf(targets: Targets, { welcome }: SessionLink): Promise<readonly Node[]> {
  const isNarrowed = targets.hosts.length > 0 || targets.areOnStdin;
  if (!isNarrowed && targets.user !== undefined) {
    throw new LockstepError('usage', '-u has no meaning here: the nodes of a session are logged in', {
      hint: 'leave it out, or name nodes of the session with -o',
    });
  }
  if (!isNarrowed) return welcome.nodes;
  const { resolveNodes } = await import('../start/resolve.ts');
  return chooseNodes(welcome.nodes, await resolveNodes(targets), targets.user !== undefined);
}

function lockPathOf({ kind, path }: LockWish): string | undefined {
  return kind === 'none' || path === undefined ? undefined : trimPath(path);
}
