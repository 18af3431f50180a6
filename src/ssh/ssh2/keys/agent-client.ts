/** Speaks with ssh-agent (draft-ietf-sshm-ssh-agent) over a few lasting connections: with too many the agent drops some. */
import { connect, type Socket } from 'node:net';
import { LIMITS } from '../../../core/limits/limits.ts';
import { uint32 } from '../../wire.ts';

interface Request {
  readonly message: Buffer;
  resolve(reply: Buffer): void;
  reject(error: Error): void;
}

export class AgentClient {
  readonly #path: string;
  readonly #waiting: Request[] = [];
  readonly #idle: Line[] = [];
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The reply to a message, both without their lengths. Rejects with a plain Error when there is no agent, or it goes. */
  request(message: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const isNew = this.#idle.length === 0;
    if (isNew && this.#lines >= LIMITS.agentSignsAtOnce) return;
    const request = this.#waiting.shift();
    const line = this.#idle.pop() ?? this.#open();
    if (request !== undefined) line.ask(request);
  }

  #open(): Line {
    this.#lines += 1;
    const line: Line = new Line(connect(this.#path), {
      onFree: () => {
        this.#idle.push(line);
        this.#next();
      },
      onClose: () => {
        this.#lines -= 1;
        if (this.#idle.includes(line)) this.#idle.splice(this.#idle.indexOf(line), 1);
        this.#next();
      },
    });
    return line;
  }
}

interface LineEvents {
  onFree(): void;
  onClose(): void;
}

/** One connection, which handles one request after the other. */
class Line {
  readonly #socket: Socket;
  readonly #events: LineEvents;
  #request: Request | undefined;
  #heard = Buffer.alloc(0);
  #failure: Error = new Error('it closed the connection');

  constructor(socket: Socket, events: LineEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', (error) => {
      this.#failure = error;
    });
    socket.on('close', () => {
      this.#request?.reject(this.#failure);
      this.#request = undefined;
      events.onClose();
    });
  }

  ask(request: Request): void {
    this.#request = request;
    this.#socket.ref();
    this.#socket.write(Buffer.concat([uint32(request.message.length), request.message]));
  }

  #onData(chunk: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, chunk]);
    if (this.#heard.length < 4) return;
    const end = 4 + this.#heard.readUInt32BE();
    const isOdd = end > LIMITS.keyFileBytesMax || this.#heard.length > end || this.#request === undefined;
    if (isOdd) {
      this.#failure = new Error('its answer cannot be read');
      this.#socket.destroy();
    } else if (this.#heard.length === end) {
      const reply = this.#heard.subarray(4);
      const request = this.#request;
      this.#heard = Buffer.alloc(0);
      this.#request = undefined;
      // An idle connection to the agent must not keep this process alive.
      this.#socket.unref();
      this.#events.onFree();
      request?.resolve(reply);
    }
  }
}
