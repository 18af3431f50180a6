/**
 * A node that only talks: an SSH server in this process that says what a keeper and a tool would say, and runs nothing.
 * It writes down all that it is told and has no leash, so what ends there is ended by the controller alone.
 */
import type { ServerChannel } from 'ssh2';
import { isBoot, readBoot } from '../../simulation/boot-reader.ts';
import { scriptedServer, USER } from '../ssh/support.ts';

export interface TalkingNode {
  /** As `-o` takes it. */
  readonly target: string;
  readonly id: string;
  /** Every line that was told to the keeper, the pulse or a worker, in order: `keeper: PING 7`. */
  readonly heard: readonly string[];
  /** What the tool on this node writes; `P` at its start stands for the run's prefix. */
  sayAsTool(line: string): void;
}

/** What the keeper says to a beat, behind its token; `end` is its death. */
export type Answer = (beat: number) => string | 'end' | undefined;

export const PROMPT: Answer = (beat) => `PONG ${beat}`;

export async function startTalkingNode(answer: Answer = PROMPT): Promise<TalkingNode> {
  const heard: string[] = [];
  let sayAsTool: TalkingNode['sayAsTool'] = () => {};
  const port = await scriptedServer({}, (client) => {
    client.on('authentication', (attempt) => attempt.accept());
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        if (!isBoot(command)) throw new Error(`no boot: ${command}`);
        eachLine(channel, (part) => {
          if (part === 'hand') {
            sayAsTool = (line) => {
              const prefix = heard.find((told) => told.endsWith(' HELLO'))?.split(' ')[1] ?? '';
              channel.write(`${line.replace(/^P/, prefix)}\n`);
            };
          }
          const onLine = { keeper: keeper(channel, answer), pulse: pulse(channel, answer) }[part];
          return (line) => {
            heard.push(`${part}: ${line}`);
            onLine?.(line);
          };
        });
      });
    });
  });
  return {
    target: `${USER}@127.0.0.1:${port}`,
    id: `[${USER}@127.0.0.1:${port}]`,
    heard,
    sayAsTool: (line) => sayAsTool(line),
  };
}

/** Its first line begins with the token that is to stand before each reply. */
function keeper(channel: ServerChannel, answer: Answer): (line: string) => void {
  let token = '';
  return (line) => {
    if (token === '') {
      token = line.split(' ')[0] ?? '';
      channel.write(`${token} ACQUIRED 4711:1\n`);
    } else if (line.startsWith('PING ')) {
      reply(channel, token, answer(Number(line.slice(5))));
    } else if (/^(RELEASE|STOP|BACK)/.test(line)) {
      channel.write(`${token} RELEASED ${line}\n`);
      end(channel);
    }
  };
}

function pulse(channel: ServerChannel, answer: Answer): (line: string) => void {
  let token = '';
  return (line) => {
    if (token === '') token = line;
    else if (line.startsWith('PING ')) reply(channel, token, answer(Number(line.slice(5))));
  };
}

function reply(channel: ServerChannel, token: string, text: string | undefined): void {
  if (text === 'end') end(channel);
  else if (text !== undefined) channel.write(`${token} ${text}\n`);
}

function end(channel: ServerChannel): void {
  channel.exit(0);
  channel.end();
}

/** `onStart`: told which part it is, `keeper`, `pulse` or `hand`; hears each line behind its text. */
function eachLine(channel: ServerChannel, onStart: (part: string) => (line: string) => void): void {
  let rest = '';
  let onLine: ((line: string) => void) | undefined;
  channel.on('data', (bytes: Buffer) => {
    rest += bytes.toString();
    if (onLine === undefined) {
      const boot = readBoot(rest);
      if (boot === undefined) return;
      onLine = onStart(boot.words[0]?.replace('lockstep-', '') ?? '');
      rest = boot.rest;
      if (boot.mark !== undefined) {
        channel.write(`${boot.mark}\n`);
        channel.stderr.write(`${boot.mark}\n`);
      }
    }
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  channel.on('error', () => {});
}
