/**
 * What the commands and sync tools of the simulation do. How, stands in the command's own text, as a user would write it:
 * `simulate:work,ms=1500,code=3,stubborn=1`.
 */
import { parseHello, parseLost, parseNode, parseStart, parseSync } from '../../src/protocol/messages.ts';
import type { Part } from './keeper-model.ts';
import { codeOf, line, type Process, type Program, sleep } from './process.ts';

export interface CommandTraits {
  readonly kind: 'work' | 'tool';
  readonly ms: number;
  readonly code?: number;
  /** Ignores TERM. */
  readonly stubborn?: number;
  /** Is run by a shell of its own, which does not ignore TERM. */
  readonly nested?: number;
  /** Hangs in the kernel: nothing ends it before its time. */
  readonly stuck?: number;
  /** Leaves a process in the background. */
  readonly leaves?: number;
  /** A tool's barriers. */
  readonly rounds?: number;
  /** In this round it exits with a code. */
  readonly dies?: number;
  /** In this round it says that it failed. */
  readonly fails?: number;
  readonly watches?: number;
  /** Speaks before START. */
  readonly hasty?: number;
}

export function commandText({ kind, ...traits }: CommandTraits): string {
  const pairs = Object.entries(traits).map(([name, value]) => `,${name}=${value}`);
  return `simulate:${kind}${pairs.join('')}`;
}

export function commandProgram(
  self: Process,
  command: string,
  { run, isTool }: { run: string; isTool: boolean },
): Program {
  const traits = parseTraits(command);
  if (traits.nested) return nested(self, command.replace(',nested=1', ''), { run, isTool });
  if (traits.stubborn) self.handlers.TERM = 'ignore';
  return isTool && traits.kind === 'tool' ? tool(self, traits, run) : work(self, traits);
}

function parseTraits(command: string): CommandTraits {
  const [, kind = 'work', list = ''] = /simulate:(\w+)((?:,\w+=[\d.]+)*)/.exec(command) ?? [];
  const pairs = list
    .split(',')
    .filter(Boolean)
    .map((pair) => pair.split('='));
  return {
    kind,
    ms: 0,
    ...Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)])),
  } as CommandTraits;
}

function* nested(self: Process, command: string, how: { run: string; isTool: boolean }): Program {
  const child = self.node.startWork(self, { ...how, command });
  self.handInputTo(child);
  yield { kind: 'end', of: child };
  return codeOf(child.ending);
}

function* work(self: Process, { ms, code = 0, stuck, leaves }: CommandTraits): Program {
  self.outputs.stdout('at work\n');
  self.isStuck = stuck !== undefined;
  if (leaves) {
    const hasOwnGroup = leaves === 2;
    self.node.spawn({ parent: self, name: 'leftover', outputs: self.outputs, hasOwnGroup }).run(background());
  }
  yield sleep(ms);
  self.isStuck = false;
  self.outputs.stdout('no newline at the end');
  return code;
}

function* background(): Program {
  yield sleep(100_000);
  return 0;
}

function* tool(self: Process, traits: CommandTraits, run: string): Program {
  const { ms, rounds = 2, code = 3, dies = 0, fails = 0, watches, hasty } = traits;
  const { prefix, nodes } = yield* greeting(self, hasty === 1);
  if (prefix === undefined) return 1;
  if (watches) self.outputs.stdout(`${prefix} WATCH\n`);
  for (let round = 1; round <= rounds; round++) {
    yield sleep(ms);
    if (round === dies) return code;
    const word = round === fails ? 'failed for a test' : `step ${round}`;
    self.outputs.stdout(`some output\n${prefix} SYNC ${word}\n`);
    if (!(yield* heardFromAll(self, { prefix, nodes, word, run }))) return 5;
  }
  return 0;
}

function* greeting(self: Process, isHasty: boolean): Part<{ prefix: string | undefined; nodes: number }> {
  let prefix: string | undefined;
  let nodes = 0;
  for (;;) {
    const text = yield line;
    if (text === undefined) return { prefix: undefined, nodes };
    prefix ??= parseHello(text);
    if (prefix === undefined) continue;
    if (isHasty && nodes === 0) self.outputs.stdout(`${prefix} SYNC too early\n`);
    if (parseNode(prefix, text) !== undefined) nodes++;
    if (parseStart(prefix, text)) return { prefix, nodes };
  }
}

interface Round {
  readonly prefix: string;
  readonly nodes: number;
  readonly word: string;
  readonly run: string;
}

/** False when some tool failed, or nothing more will come. */
function* heardFromAll(self: Process, { prefix, nodes, word, run }: Round): Part<boolean> {
  for (let heard = 0; heard < nodes; ) {
    const text = yield line;
    if (text === undefined || parseLost(prefix, text) !== undefined) return false;
    const sync = parseSync(prefix, text);
    if (sync === undefined) continue;
    self.node.witness.synced(self.node, run, text.slice(prefix.length));
    if (sync.description.startsWith('failed')) return false;
    if (sync.description === word) heard++;
  }
  return true;
}
