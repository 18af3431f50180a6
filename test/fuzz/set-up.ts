/** Makes files, an invocation and nodes from a seed; the run itself is still to be made. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { Random } from '../simulation/random.ts';
import { addChoice } from './generate-choice.ts';
import { generateDestination, type NodeState, type Wanted } from './generate-destination.ts';
import { CWD, generateInvocation, type Invocation } from './generate-invocation.ts';
import { addReleases } from './generate-releases.ts';
import { addSituation } from './generate-situation.ts';
import { generateTree } from './generate-tree.ts';
import { addWay } from './generate-way.ts';
import { ACCOUNTS, KINDS } from './local-node.ts';
import { someNames } from './names.ts';
import { type Prediction, predict, workingUid } from './predict.ts';
import { type Request, requestOf } from './sent.ts';
import type { TestBed } from './test-bed.ts';
import { makeTree, readTree, type Specs, type Tree } from './tree.ts';

/** A node before a run. */
export interface Site {
  readonly bed: TestBed;
  readonly state: NodeState;
  readonly before: Tree;
  readonly prediction: Prediction | undefined;
}

export interface Scene {
  readonly specs: Specs;
  readonly invocation: Invocation;
  /** Undefined: the words mean nothing that can be sent. */
  readonly request: Request | undefined;
  readonly sites: readonly Site[];
}

export async function setUp(beds: readonly TestBed[], seed: number): Promise<Scene> {
  const random = new Random(seed);
  const names = someNames(random);
  const specs = generateTree(random, names);
  // By numbers of its own: the seeds that go without stay what they are.
  const named = addSituation(new Random(seed * 103 + 1), specs);
  const plain = generateInvocation(random, specs, named);
  const way = addWay(new Random(seed * 127 + 11), plain, specs);
  const invocation = addChoice(new Random(seed * 107 + 3), way, specs);
  const source = makeSource(specs);
  const request = requestOf(invocation, source);
  const sites = await Promise.all(
    beds.map(async (bed): Promise<Site> => {
      const state = stateFor(seed, { bed, invocation, request, specs, names });
      await bed.reset();
      await bed.prepare(state);
      const before = bed.read();
      const prediction =
        request === undefined
          ? undefined
          : predict({ invocation, request, state, before, kind: bed.node.kind });
      return { bed, state, before, prediction };
    }),
  );
  return { specs, invocation, request, sites };
}

function makeSource(specs: Specs): Tree {
  rmSync(CWD, { recursive: true, force: true });
  mkdirSync(CWD, { recursive: true });
  chmodSync(CWD, 0o755);
  makeTree(CWD, specs);
  return readTree(CWD, ['']);
}

/** The same for a kind of node, whichever others take part. */
function stateFor(
  seed: number,
  {
    bed,
    invocation,
    request,
    specs,
    names,
  }: Pick<Scene, 'invocation' | 'request' | 'specs'> & { bed: TestBed; names: readonly string[] },
): NodeState {
  const random = new Random(seed * 101 + KINDS.indexOf(bed.node.kind));
  const { account, place, release } = invocation;
  const wanted = new Map<string, Wanted>();
  for (const { path, facts } of release === undefined ? (request?.sent ?? []) : []) {
    const type = facts?.type;
    wanted.set(path, {
      type: type === 'file' || type === 'symlink' ? type : 'directory',
      isNamed: facts !== undefined,
    });
  }
  const destination =
    place?.path ?? (request === undefined || request.isAbsolute ? '/' : ACCOUNTS[account].home);
  const uid = workingUid(invocation);
  const state = generateDestination(random, { wanted, destination, place, names, account, uid });
  if (release !== undefined && request !== undefined)
    addReleases(random, state, { destination, request, specs, uid });
  return state;
}
