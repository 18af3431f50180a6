/** A node on which commits go as they are told to, for turns of a rollout with files. */
import type { ChannelResult } from '../../../../src/core/outcome.ts';
import { ChannelsAhead } from '../../../../src/run/channels-ahead.ts';
import type { HeldRun, Site } from '../../../../src/run/held-run.ts';
import { NodeTurn, type TurnSettings } from '../../../../src/run/upload/node-turn.ts';
import type { Connection } from '../../../../src/ssh/transport.ts';
import { readBoot } from '../../../simulation/boot-reader.ts';
import { nodeAt, runFor } from '../fixtures.ts';

export const NODE = nodeAt('a');
const TOKEN = '0123456789abcdef';
export const code = (number: number): ChannelResult => ({ kind: 'code', code: number });
export const OK = code(0);
const FACTS = { ahead: new ChannelsAhead(undefined), identity: { run: 'r', token: TOKEN } };

/**
 * How a commit goes on the node. `well`: it switches, and does what is decided. `refused`: it cannot switch, and goes back. `stuck`: it
 * cannot go back. `cut`: its worker is killed while the check runs, or before it has said that all is final.
 */
export type Commit = 'well' | 'refused' | 'stuck' | 'cut';

/** A node on which the commits go so, one after the other, and what was done there. */
export function turningNode(
  commits: readonly Commit[],
  command: readonly ChannelResult[],
  settings: Partial<TurnSettings>,
) {
  const done: string[] = [];
  const how = [...commits];
  const ends = [...command];
  let cut = () => {};
  const exec: Connection['exec'] = async (_command, { onStdout, onStderr }) => {
    let settle: (result: ChannelResult) => void = () => {};
    const result = new Promise<ChannelResult>((resolve) => {
      settle = resolve;
    });
    const say = (line: string) => void onStdout(Buffer.from(`${TOKEN} ${line}\n`));
    const end = (word: string, number: number) => {
      done.push(word);
      if (number > 0) say('ERROR it went back');
      say(number === 0 ? 'COMMITTED' : `EXIT ${number}`);
      settle(code(number));
    };
    let [input, commit] = ['', '' as Commit | 'decided' | ''];
    const decide = (word: string) => {
      const isKept = word === 'keep';
      if (commit === 'well') end(isKept ? 'keeps' : 'goes back', isKept ? 0 : 1);
      if (commit === 'stuck') end(isKept ? 'keeps' : 'cannot go back', isKept ? 0 : 3);
      commit = 'decided';
    };
    const begin = ([, , job, , , , way]: readonly string[], mark: string) => {
      for (const sink of [onStdout, onStderr]) void sink(Buffer.from(`${mark}\n`));
      if (job === 'u') {
        done.push('is taken back');
        say('EXIT 0');
        return settle(OK);
      }
      commit = how.shift() ?? 'well';
      done.push('switches');
      if (commit === 'refused') return end('refuses', 1);
      const isKilled = () => settle({ kind: 'signal', signal: 'KILL' });
      if (commit === 'cut' && way === 'alone') return isKilled();
      if (way === 'alone') {
        commit = 'decided';
        return end('keeps', 0);
      }
      say('SWITCHED');
      if (commit === 'cut') cut = isKilled;
    };
    const write = async (chunk: Uint8Array | string) => {
      input += Buffer.from(chunk as string).toString();
      const boot = readBoot(input);
      if (boot === undefined || !boot.rest.includes('\n')) return;
      const [, decision = ''] = boot.rest.split('\n');
      if (commit === '') begin(boot.words, boot.mark ?? '');
      if (decision !== '') decide(decision);
    };
    return { write, end: () => decide('nothing'), close: () => settle(OK), result };
  };
  const keeper = quietKeeper(() => void done.push('ends'));
  const site = { node: NODE, connection: { node: NODE, exec }, keeper } as unknown as Site;
  const run = runFor({}, [NODE]);
  run.files.begin([NODE]);
  const held = { signal: new AbortController().signal, check() {}, keepMade() {}, beginCommit() {} };
  const work = { ...run, ...FACTS, sites: [site], held } as unknown as HeldRun;
  const staged = { site, stage: '/.lockstep-r' };
  const turn = new NodeTurn(work, site, {
    staged,
    isAlone: false,
    command: undefined,
    stageAgain: async () => {
      done.push('stages');
      return [staged];
    },
    ...settings,
  });
  const around = turn.around({
    node: NODE,
    start: () => {
      done.push('runs');
      cut();
      return { result: Promise.resolve(ends.shift() ?? OK), end() {} };
    },
  });
  return { ...run, done, around };
}

function quietKeeper(endWorkers: () => void) {
  return {
    identity: '7:7',
    settings: { record: { run: 'r', lockPath: '/' }, token: TOKEN, become: undefined, killGraceMs: 1 },
    giveRecovery() {},
    decideToKeep() {},
    endLost() {},
    endWorkers,
  };
}
