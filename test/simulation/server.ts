/** One connection as a node's sshd has it: sessions, their processes, and their streams. */
import type { ChannelResult } from '../../src/core/outcome.ts';
import type { ChannelSinks } from '../../src/ssh/transport.ts';
import { type Boot, isBoot, readBoot } from './boot-reader.ts';
import type { ServerConnection, SimNode } from './node.ts';
import type { Ending, Outputs, Process } from './process.ts';
import { startProgram } from './programs.ts';

/** What a connection's other end hears. */
export interface Client {
  accepted(id: number): void;
  refused(id: number): void;
  output(id: number, sink: keyof ChannelSinks, chunk: Buffer): void;
  ended(id: number, result: ChannelResult): void;
  lost(reason: string): void;
}

interface Session {
  /** Its shell reads; before that nothing does. */
  isUp: boolean;
  reader: Process | undefined;
  /** The end of a line that has not come yet, and what came before the process was there. */
  rest: string;
  isInputOver: boolean;
}

export class Server implements ServerConnection {
  /** Power is cut: nobody says anything to the other side. */
  onVanish: () => void = () => {};
  readonly node: SimNode;
  readonly #send: (deliver: (client: Client) => void) => void;
  readonly #sessions = new Map<number, Session>();
  /** This connection is none of the machine's any more. */
  #isGone = false;

  constructor(node: SimNode, send: (deliver: (client: Client) => void) => void) {
    this.node = node;
    this.#send = send;
    node.connections.add(this);
  }

  /** What arrives: a machine that was rebooted knows nothing of the connection, and says so when it is up. */
  take(handle: () => void): void {
    const { world } = this.node.machine;
    if (!this.node.isUp) world.after(world.random.between(500, 5000), () => this.take(handle));
    else if (this.#isGone) this.#send((client) => client.lost('connection reset by peer'));
    else handle();
  }

  exec(id: number, command: string): void {
    if (this.node.refusesSessions) return this.#send((client) => client.refused(id));
    if (!isBoot(command)) throw new Error(`a simulated node runs no ${command}`);
    const session: Session = { isUp: false, reader: undefined, rest: '', isInputOver: false };
    this.#sessions.set(id, session);
    this.#send((client) => client.accepted(id));
    this.node.machine.after(this.node.stepMs() + 1, () => {
      if (!this.node.isUp || this.#sessions.get(id) !== session) return;
      session.isUp = true;
      this.#boot(id, session);
    });
  }

  data(id: number, text: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.rest += text;
    if (session.reader === undefined) this.#boot(id, session);
    else this.#feed(session);
  }

  endInput(id: number): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.isInputOver = true;
    if (session.reader === undefined) this.#boot(id, session);
    else session.reader.endInput();
  }

  closeSession(id: number): void {
    this.endInput(id);
    this.#sessions.delete(id);
  }

  /** The connection's end: each process has the end of its input, and no signal. */
  disconnect(): void {
    this.#send((client) => client.lost('lockstep closed the connection'));
    this.#drop();
  }

  kill(): void {
    this.#send((client) => client.lost('the node closed the connection'));
    this.#drop();
  }

  vanish(): void {
    this.#isGone = true;
    this.#sessions.clear();
    this.onVanish();
  }

  #drop(): void {
    this.#isGone = true;
    this.node.connections.delete(this);
    for (const id of [...this.#sessions.keys()]) this.closeSession(id);
  }

  /** Nothing acts before all of its text has come; without that its shell ends, and says so. */
  #boot(id: number, session: Session): void {
    if (!session.isUp) return;
    const boot = readBoot(session.rest);
    if (boot !== undefined) return this.#start(id, session, boot);
    if (session.isInputOver && this.#sessions.delete(id)) {
      this.#send((client) => client.ended(id, { kind: 'code', code: 97 }));
    }
  }

  #start(id: number, session: Session, { words, mark, rest }: Boot): void {
    const outputs = this.#outputs(id, mark === undefined ? '' : `${mark}\n`);
    const { main, reader } = startProgram(this.node, words, outputs);
    session.reader = reader;
    session.rest = rest;
    this.#feed(session);
    if (session.isInputOver) reader.endInput();
    main.onEnd.push((ending) => {
      if (!this.node.isUp || !this.#sessions.delete(id)) return;
      this.#send((client) => client.ended(id, resultOf(ending)));
    });
  }

  #feed(session: Session): void {
    if (session.reader === undefined) return;
    const lines = session.rest.split('\n');
    session.rest = lines.pop() ?? '';
    for (const text of lines) session.reader.feed(text);
  }

  /** `mark` comes with the first bytes of each output. */
  #outputs(id: number, mark: string): Outputs {
    const { random } = this.node.machine.world;
    const unsaid = { onStdout: mark, onStderr: mark };
    const write = (sink: keyof ChannelSinks, text: string) => {
      if (!this.#sessions.has(id)) return;
      const cutAt = random.chance(0.1) ? random.whole(0, text.length) : text.length;
      for (const part of [text.slice(0, cutAt), text.slice(cutAt)]) {
        if (part === '') continue;
        const chunk = Buffer.from(`${unsaid[sink]}${part}`);
        unsaid[sink] = '';
        this.#send((client) => client.output(id, sink, chunk));
      }
    };
    return {
      stdout: (text) => write('onStdout', text),
      stderr: (text) => write('onStderr', text),
    };
  }
}

function resultOf(ending: Ending): ChannelResult {
  if ('code' in ending) return { kind: 'code', code: ending.code };
  return { kind: 'signal', signal: `SIG${ending.signal}` };
}
