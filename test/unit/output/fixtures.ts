/** A terminal made of two buffers, and events of nodes that speak to it. */
import type { RunEvent, Stream } from '../../../src/core/events.ts';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { createOutput, type Output } from '../../../src/output/output.ts';
import type { OutputSettings } from '../../../src/output/settings.ts';
import type { Descriptor } from '../../../src/output/terminal/descriptor.ts';
import { createTerminal, type Terminal } from '../../../src/output/terminal/terminal.ts';

export function makeNode(host: string, port = 22, user = 'root'): Node {
  return { id: nodeId(user, host, port), user, host, port, given: host };
}

/** A file that takes what it is given at once, or, when `isStuck`, only on demand. */
export class FakeFile {
  text = '';
  writes = 0;
  isStuck = false;
  failWith: NodeJS.ErrnoException | undefined;
  #pending: (() => void)[] = [];

  descriptor(fileId: string, isTTY: boolean, isPipe = false): Descriptor {
    return {
      isTTY,
      isPipe,
      fileId,
      writeSome: (bytes, done) => {
        const take = () => {
          if (this.failWith !== undefined) return done(this.failWith, 0);
          this.writes++;
          this.text += bytes.toString('latin1');
          done(null, bytes.length);
        };
        if (this.isStuck) this.#pending.push(take);
        else setImmediate(take);
      },
    };
  }

  /** Takes all that was and will be written. */
  release(): void {
    this.isStuck = false;
    for (const take of this.#pending.splice(0)) take();
  }

  get utf8(): string {
    return Buffer.from(this.text, 'latin1').toString();
  }
}

export interface Bench {
  readonly stdout: FakeFile;
  readonly stderr: FakeFile;
  readonly terminal: Terminal;
  readonly output: Output;
  readonly broken: [Stream, Error][];
}

const DEFAULTS: OutputSettings = {
  json: false,
  quiet: false,
  verbose: 0,
  serial: false,
  fold: undefined,
  isOutputHidden: false,
  color: 'never',
  barFormat: 'default',
  logFormat: 'default',
  nodes: [],
  environment: {},
  clock: { now: () => new Date(2026, 10, 21, 9, 12, 40), monotonicMs: () => 1000 },
};

export function makeBench(
  settings: Partial<OutputSettings> = {},
  {
    isTTY = false,
    isShared = false,
    isStdoutPiped = false,
    columns = 80 as number | (() => number),
    rows = 24,
  } = {},
): Bench {
  const stdout = new FakeFile();
  const stderr = isShared ? stdout : new FakeFile();
  const broken: [Stream, Error][] = [];
  const terminal = createTerminal({
    stdout: stdout.descriptor('1', isTTY && !isStdoutPiped, isStdoutPiped),
    stderr: stderr.descriptor(isShared ? '1' : '2', isTTY),
    columns: () => (typeof columns === 'number' ? columns : columns()),
    rows: () => rows,
    onBroken: (stream, error) => broken.push([stream, error]),
  });
  return { stdout, stderr, terminal, output: createOutput({ ...DEFAULTS, ...settings }, terminal), broken };
}

export function says(node: Node, text: string | Buffer, stream: Stream = 'stdout'): RunEvent {
  return { type: 'output', node, stream, chunk: Buffer.from(text as string) };
}

export function ends(node: Node): RunEvent {
  return { type: 'output-end', node };
}

/** One event as a run tells it. */
export function hear(output: Output, event: RunEvent): void | Promise<void> {
  if (event.type === 'output') return output.output(event);
  return event.type === 'finished' ? output.report(event) : output.tell(event);
}

/** Tells all events and reads what came out. */
export async function play(
  events: readonly RunEvent[],
  settings: Partial<OutputSettings> = {},
  shape: Parameters<typeof makeBench>[1] = {},
): Promise<{ stdout: string; stderr: string }> {
  const bench = makeBench(settings, shape);
  for (const event of events) await hear(bench.output, event);
  await bench.output.close();
  return { stdout: bench.stdout.utf8, stderr: bench.stderr.utf8 };
}
