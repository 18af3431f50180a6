/** What a session of a simulated node can run: a keeper, its job, a pulse, a worker. */
import type { KeeperModel } from './keeper-model.ts';
import type { SimNode } from './node.ts';
import { codeOf, line, type Outputs, type Process, type Program, sleep } from './process.ts';

export interface Started {
  /** Its end is the session's. */
  readonly main: Process;
  /** Who reads what the session gets. */
  readonly reader: Process;
  /** Of a keeper. */
  readonly job?: Process;
}

/** `words`: what stands behind the text in `sh -c TEXT`. */
export function startProgram(node: SimNode, words: readonly string[], outputs: Outputs): Started {
  const [name = '', ...rest] = words;
  switch (name) {
    case 'lockstep-keeper':
      return startKeeper(node, rest, outputs);
    case 'lockstep-hand':
      return alone(node, outputs, (self) => worker(self, rest));
    case 'lockstep-status':
      return alone(node, outputs, (self) => status(self, rest));
    case 'lockstep-pulse':
      return alone(node, outputs, (self) => pulse(self, rest));
    default:
      throw new Error(`a simulated node does not know ${name}`);
  }
}

function alone(node: SimNode, outputs: Outputs, program: (self: Process) => Program): Started {
  const self = node.spawn({ parent: undefined, name: 'sh', outputs });
  self.run(program(self));
  return { main: self, reader: self };
}

/** The shell only waits; the keeper proper and the job are the two ends of a pipe. */
function startKeeper(node: SimNode, words: readonly string[], outputs: Outputs): Started {
  const shell = node.spawn({ parent: undefined, name: 'lockstep-parent', outputs });
  const keeper = node.spawn({ parent: shell, name: 'lockstep-parent', outputs });
  const job = node.spawn({ parent: shell, name: 'lockstep-parent', outputs });
  const model = new node.Keeper(shell, keeper, job, words);
  node.keepers.push(model);
  for (const signal of ['TERM', 'ALRM'] as const) shell.handlers[signal] = 'ignore';
  keeper.onEnd.push(() => {
    node.witness.freed(node, model);
    job.endInput();
  });
  shell.run(waitForBoth(keeper, job));
  job.run(jobProgram(job, model));
  keeper.run(model.program());
  return { main: shell, reader: keeper, job };
}

function* waitForBoth(keeper: Process, job: Process): Program {
  yield { kind: 'end', of: keeper };
  yield { kind: 'end', of: job };
  return codeOf(job.ending);
}

function* jobProgram(self: Process, keeper: KeeperModel): Program {
  // TERM is only remembered: a command that begins at that moment is found below this job.
  let isCut = false;
  self.handlers.TERM = () => {
    isCut = true;
  };
  for (;;) {
    const order = (yield line) ?? (isCut ? yield line : undefined);
    const [token] = order?.split(' ') ?? [];
    const command = token === undefined ? undefined : yield line;
    if (token === undefined || (command === undefined && !isCut)) return 0;
    self.name = 'lockstep-job';
    self.record = { run: keeper.run, lockPath: keeper.lockPath, job: 'job' };
    if (isCut || command === undefined) {
      isCut = false;
      self.name = 'lockstep-done';
      self.outputs.stdout(`${token} EXIT 143 clean\n`);
      self.outputs.stderr(`${token} END\n`);
      continue;
    }
    const child = self.node.startWork(self, { run: keeper.run, command, isTool: false });
    child.endInput();
    yield { kind: 'end', of: child };
    const isClean = self.node.processes().every(({ group }) => group !== child.group);
    self.name = 'lockstep-done';
    self.outputs.stdout(`${token} EXIT ${codeOf(child.ending)}${isClean ? ' clean' : ''}\n`);
    self.outputs.stderr(`${token} END\n`);
  }
}

/** RUN JOB LOCK KEEPER COMMAND. */
function* worker(self: Process, words: readonly string[]): Program {
  const [run = '', job = '', lockPath = '', keeper = '', command = ''] = words;
  const { node } = self;
  yield sleep(node.stepMs());
  self.name = 'lockstep-hand';
  self.record = { run, lockPath, job };
  yield sleep(node.stepMs());
  if (!node.isAlive(keeper) || node.isEnding(keeper)) {
    self.outputs.stderr('lockstep: refused to start: the keeper of this run is gone\n');
    return 76;
  }
  const token = yield line;
  if (token === undefined) return 1;
  const tell = (code: number) => {
    self.outputs.stdout(`${token} EXIT ${code}\n`);
    return code;
  };
  let isCut = false;
  self.handlers.TERM = () => {
    isCut = true;
  };
  yield sleep(node.stepMs());
  if (isCut) return tell(143);
  const child = node.startWork(self, { run, command, isTool: job === 't' });
  self.handInputTo(child);
  yield { kind: 'end', of: child };
  return tell(codeOf(child.ending));
}

/** RUN KEEPER. */
function* pulse(self: Process, [, keeper = '']: readonly string[]): Program {
  const token = yield line;
  for (;;) {
    const text = yield line;
    if (text === undefined || !self.node.isAlive(keeper)) return 0;
    self.outputs.stdout(`${token} PONG ${text.replace('PING ', '')}\n`);
  }
}

/** LOCK. Who asks only wants names for people: the simulation has none. */
function* status(self: Process, [lockPath = '']: readonly string[]): Program {
  const token = yield line;
  yield sleep(self.node.stepMs());
  self.outputs.stdout(`${token} FLOCK ${self.node.flocks.isLocked(lockPath) ? 'held 0' : 'free'}\n`);
  return 0;
}
