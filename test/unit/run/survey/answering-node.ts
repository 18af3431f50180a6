/** A node that answers questions about paths as it is told to, and a run that asks it. */
import type { ChannelResult } from '../../../../src/core/outcome.ts';
import { ChannelsAhead } from '../../../../src/run/channels-ahead.ts';
import type { HeldRun, Site } from '../../../../src/run/held-run.ts';
import { readBoot } from '../../../simulation/boot-reader.ts';

export const TOKEN = 'TOKEN';

/** `answer` gives all that a worker says once it was asked all, by the question's name; undefined: it is silent. */
export function answeringNode(answer: (question: string) => string | undefined) {
  const told: string[] = [];
  const node = { id: 'web1', host: 'web1', port: 22, user: 'root' };
  const exec = async (_command: string, sinks: { onStdout(chunk: Buffer): unknown }) => {
    let input = '';
    let settle: (result: ChannelResult) => void = () => {};
    const result = new Promise<ChannelResult>((resolve) => {
      settle = resolve;
    });
    return {
      result,
      write: async (chunk: Buffer) => {
        input += chunk.toString('latin1');
      },
      close: () => settle({ kind: 'signal', signal: 'KILL' }),
      end: () => {
        const { words, mark } = readBoot(input) ?? { words: [], mark: '' };
        const said = answer(words.find((word) => QUESTIONS.has(word)) ?? '');
        if (said === undefined) return;
        void sinks.onStdout(Buffer.from(`${mark}\n${TOKEN} SEES 0\n${said}`));
        settle({ kind: 'code', code: 0 });
      },
    };
  };
  const settings = { record: { run: 'run', lockPath: '/' }, token: TOKEN, killGraceMs: 1000 };
  const keeper = { identity: '7:7', settings, endLost() {} };
  const site = { node, connection: { node, exec }, keeper } as unknown as Site;
  const work = {
    identity: { token: TOKEN },
    held: { check() {} },
    ahead: new ChannelsAhead(undefined),
    request: { times: { receiveTimeoutMs: 200_000 } },
    sites: [site],
    tell: (event: { message?: string }) => void told.push(event.message ?? ''),
  } as unknown as HeldRun;
  return { work, site, node, told };
}

const QUESTIONS: ReadonlySet<string> = new Set(['stat', 'sum', 'list', 'read']);
