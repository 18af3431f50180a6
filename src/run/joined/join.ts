/** A call inside a session. A command under the session's lock is run by its holder; everything else goes as it would alone. */
import type { Options } from '../../cli/options.ts';
import { systemClock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import { chooseNodes, coveredKind, trimPath } from '../../session/coverage.ts';
import { joinSession, type SessionLink } from '../../session/join.ts';
import { type Report, reported } from '../report/reported.ts';
import { runStep } from './step.ts';

/** Resolves with the exit code. `socketPath`: LOCKSTEP_SESSION. Without that session it fails; it never connects on its own. */
export function runJoined(given: Options, socketPath: string): Promise<number> {
  return reported(given, async (report) => {
    const link = await joinSession(socketPath, systemClock);
    const options = { ...given, killGraceMs: link.welcome.graceMs };
    try {
      const nodes = await nodesOf(options, link);
      const isCovered = coveredKind(link.welcome, lockPathOf(options)) !== undefined;
      if (options.mode === 'command' && options.stdin === undefined && isCovered) {
        await runStep(options, { link, nodes, report, emit: await report.begin(nodes) });
      } else {
        await runWhole(options, { link, nodes, report, socketPath });
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
async function runWhole(options: Options, { link, nodes, report, socketPath }: WholeRun): Promise<void> {
  const [{ runOn }, { collect }, { openInput }, { createSessionTransport }, { joinedSession }] =
    await Promise.all([
      import('../run.ts'),
      import('../start/prepare.ts'),
      import('../start/input.ts'),
      import('../../session/session-transport.ts'),
      import('./joined-session.ts'),
    ]);
  const collection = await collect(options);
  const input = options.stdin === undefined ? undefined : await openInput(options.stdin);
  const joined = joinedSession(link, socketPath);
  const emit = await report.begin(nodes);
  await runOn(createSessionTransport(link), { options, nodes, collection, input, emit, report, joined });
}

async function nodesOf(options: Options, { welcome }: SessionLink): Promise<readonly Node[]> {
  const isNarrowed = options.hosts.length > 0 || options.readStdin;
  if (!isNarrowed && options.user !== undefined) {
    throw new LockstepError('usage', '-u has no meaning here: the nodes of a session are logged in', {
      hint: 'leave it out, or name nodes of the session with -o',
    });
  }
  if (!isNarrowed) return welcome.nodes;
  const { resolveNodes } = await import('../start/resolve.ts');
  return chooseNodes(welcome.nodes, await resolveNodes(options), options.user !== undefined);
}

function lockPathOf({ lockFile, root, noLock }: Options): string | undefined {
  const path = noLock ? undefined : (lockFile ?? root);
  return path === undefined ? undefined : trimPath(path);
}
