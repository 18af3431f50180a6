import { expect, test } from 'vitest';
import { Audience } from '../../../src/output/audience.ts';
import { requestSchema } from '../../../src/run/request/request.ts';

test('the journal has the end first, so that what it has to say comes before the last event that programs hear', async () => {
  const heard: string[] = [];
  const listener = (name: string) => ({
    tell: ({ type }: { readonly type: string }) => void heard.push(`${name} ${type}`),
    output: () => {},
    heard: async () => {},
  });
  const { show } = requestSchema.parse({ version: 1, work: { mode: 'command', text: 'true' } });
  const audience: Audience = new Audience({
    ...show,
    quiet: true,
    events: { ...listener('program'), broken: () => undefined },
    journal: {
      ...listener('journal'),
      close: async () => audience.teller.tell({ type: 'log', level: 'warn', message: 'the disk is full' }),
    },
    isTyping: false,
    environment: {},
    clock: { now: () => new Date(0), monotonicMs: () => 0 },
    signal: new AbortController().signal,
    onBroken: () => {},
  });
  audience.teller.tell({ type: 'begun', run: 'r', who: 'ann@desk' });
  const nothing = { failure: undefined, files: undefined, success: undefined };
  const end = { exitCode: 0, outcomes: [], stuck: [], isOrderly: false, ...nothing };
  expect(await audience.close(end)).toBe(0);
  expect(heard.filter((one) => one.startsWith('program'))).toEqual([
    'program begun',
    'program log',
    'program finished',
  ]);
  expect(heard.indexOf('journal finished')).toBeLessThan(heard.indexOf('program log'));
});
