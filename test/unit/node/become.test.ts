/** What is said to sudo, and when, by a connection that plays its side. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import { openBoot, type SudoPassword } from '../../../src/node/become.ts';
import { asksWith, beginsLine } from '../../../src/node/boot.ts';
import type { Channel, ChannelSinks, Connection } from '../../../src/ssh/transport.ts';
import { often } from '../../often.ts';
import { makeNode } from '../output/fixtures.ts';

const MARKER = 'lockstep-0badcafe';
const NODE = makeNode('web1');

/** A node on which `play` is what sudo does: it says things on stderr, and sees what is written. */
async function opened(
  play: (say: (text: string) => void, written: string[], end: (code: number) => void) => void,
  { isEarly = false, isKnown = true } = {},
) {
  const [heard, written, settled]: [string[], string[], string[]] = [[], [], []];
  let isEnded = false;
  let finish = (_: ChannelResult) => {};
  const result = new Promise<ChannelResult>((resolve) => {
    finish = resolve;
  });
  const channel: Channel = {
    write: async (chunk) => void written.push(String(chunk)),
    end: () => {
      isEnded = true;
    },
    close() {},
    result,
  };
  const connection: Connection = {
    node: NODE,
    closed: new Promise(() => {}),
    close: async () => {},
    exec: async (_command, sinks: ChannelSinks) => {
      const say = (text: string) => void sinks.onStderr(Buffer.from(text));
      const start = () => play(say, written, (code) => finish({ kind: 'code', code }));
      if (isEarly) start();
      else setImmediate(start);
      return channel;
    },
  };
  const password: SudoPassword = {
    marker: MARKER,
    wordFor: async (_node, refusals = 0) => (isKnown && refusals === 0 ? 'word' : undefined),
    settle: (_node, how) => void settled.push(how),
  };
  const sinks = { onStdout() {}, onStderr: (chunk: Buffer) => void heard.push(String(chunk)) };
  const boot = await openBoot(connection, { user: 'root', passwordOn: () => password }, sinks);
  void boot.write('the text\n');
  for (let turns = 0; turns < 6; turns++) await new Promise(setImmediate);
  return { heard: heard.join(''), written, settled, boot, isEnded: () => isEnded };
}

describe('sudo', () => {
  test.each([true, false])(
    'is given the word behind its question, and the text behind its welcome (asks before the channel is handed over: %s)',
    async (isEarly) => {
      const { written, heard, settled } = await opened(
        (say, seen) => {
          say(`a lecture\n${asksWith(MARKER)}`);
          setImmediate(() => seen.includes('word\n') && say(beginsLine(MARKER)));
        },
        { isEarly },
      );
      expect(written).toEqual(['word\n', 'the text\n']);
      expect(heard).toBe('a lecture\n');
      expect(settled).toEqual(['accepted']);
    },
  );

  test('that asks for nothing is given nothing but the text', async () => {
    const { written, settled } = await opened((say) => say(beginsLine(MARKER)));
    expect(written).toEqual(['the text\n']);
    expect(settled).toEqual([]);
  });

  test('that asks again is told no second word, and what it said is told', async () => {
    const { written, settled, heard } = await opened((say, _written, end) => {
      say(asksWith(MARKER));
      setImmediate(() => {
        say(`Sorry, try again.\n${asksWith(MARKER)}`);
        end(1);
      });
    });
    expect(written).toEqual(['word\n', 'the text\n']);
    expect(settled).toEqual(['refused']);
    expect(heard).toBe('Sorry, try again.\n');
  });

  test('of a node that is not to be given it sees the end of its input', async () => {
    const { written, isEnded } = await opened((say) => say(asksWith(MARKER)), { isKnown: false });
    expect(written).toEqual([]);
    expect(isEnded()).toBe(true);
  });

  test('is understood in whatever pieces its words come', async () => {
    const [asking, letting] = [`motd\n${asksWith(MARKER)}`, `\n${beginsLine(MARKER)}of the text\n`];
    const pieces = (text: string, cuts: readonly number[]) => {
      const at = [
        0,
        ...cuts.filter((cut) => cut < text.length).toSorted((one, other) => one - other),
        text.length,
      ];
      return at.slice(0, -1).map((from, index) => text.slice(from, at[index + 1]));
    };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 6 }), async (cuts) => {
        const { heard, written } = await opened((say, seen) => {
          for (const piece of pieces(asking, cuts)) say(piece);
          setImmediate(() => {
            if (seen.includes('word\n')) for (const piece of pieces(letting, cuts)) say(piece);
          });
        });
        expect(heard).toBe('motd\n\nof the text\n');
        expect(written).toEqual(['word\n', 'the text\n']);
      }),
      { numRuns: often(60) },
    );
  });
});

test('a question behind which no channel comes leaves the word to others', async () => {
  const settled: string[] = [];
  const connection: Connection = {
    node: NODE,
    closed: new Promise(() => {}),
    close: async () => {},
    exec: async (_command, sinks: ChannelSinks) => {
      sinks.onStderr(Buffer.from(asksWith(MARKER)));
      throw new Error('called off');
    },
  };
  const password: SudoPassword = {
    marker: MARKER,
    wordFor: async () => 'word',
    settle: (_node, how) => void settled.push(how),
  };
  const sinks = { onStdout() {}, onStderr() {} };
  const boot = openBoot(connection, { user: 'root', passwordOn: () => password }, sinks);
  await expect(boot).rejects.toThrow('called off');
  await new Promise(setImmediate);
  expect(settled).toEqual(['lost']);
});
