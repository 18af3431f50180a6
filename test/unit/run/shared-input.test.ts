import { Readable } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import { SharedInput } from '../../../src/run/command/shared-input.ts';
import type { Site } from '../../../src/run/held-run.ts';
import { keeperSettings } from '../../keeper-settings.ts';
import { requestFor } from './fixtures.ts';

/** Which a channel tells by itself. */
const END: ChannelResult = { kind: 'signal', signal: 'PIPE' };
const TEXT = 'the whole input\n'.repeat(1_000);
const MIB = 1024 ** 2;

afterEach(() => vi.unstubAllEnvs());

/** A node that takes what it is given, and the channels that were opened on it. */
function nodeThatTakes(host: string, refusal?: LockstepError) {
  const state = { opened: 0, taken: '', hasEnd: false };
  let settle: (result: ChannelResult) => void = () => {};
  const result = new Promise<ChannelResult>((resolve) => {
    settle = resolve;
  });
  const end = () => {
    state.hasEnd = true;
    settle(END);
  };
  const exec = async () => {
    if (refusal !== undefined) throw refusal;
    state.opened += 1;
    const write = async (bytes: Buffer | string) => {
      state.taken += bytes.toString();
    };
    return { write, end, close: end, result };
  };
  const keeper = {
    settings: keeperSettings({}, { killGraceMs: 1 }),
    identity: '7:7',
  };
  const site = {
    node: { host, id: host },
    connection: { exec },
    keeper: { ...keeper, endWorkers() {}, endLost() {} },
  };
  return { state, site: site as unknown as Site };
}

function shareAmong(
  nodes: readonly ReturnType<typeof nodeThatTakes>[],
  input: Buffer[] = [Buffer.from(TEXT)],
  progress = {},
) {
  const held = { check() {}, signal: new AbortController().signal };
  const request = requestFor({ work: { mode: 'command', text: 'cat', stdin: 'input' } });
  const work = {
    held,
    output() {},
    tell() {},
    request,
    progress,
    clock: systemClock,
  } as unknown as ConstructorParameters<typeof SharedInput>[0];
  const shared = new SharedInput(work, Readable.from(input));
  return { shared, sites: nodes.map(({ site }) => shared.site(site, () => 'cat')) };
}

test('-i opens a channel when the schedule starts its node, which has the input from its beginning', async () => {
  const [early, late] = [nodeThatTakes('early'), nodeThatTakes('late')];
  const { shared, sites } = shareAmong([early, late]);
  expect([early.state.opened, late.state.opened]).toEqual([0, 0]);
  let finish = () => {};
  const fed = shared.feed(
    new Promise<void>((resolve) => {
      finish = resolve;
    }),
  );
  expect(await sites[0]?.start().result).toEqual(END);
  expect(early.state.taken.endsWith(TEXT)).toBe(true);
  expect([early.state.opened, late.state.opened]).toEqual([1, 0]);
  expect(await sites[1]?.start().result).toEqual(END);
  expect(late.state.taken.endsWith(TEXT)).toBe(true);
  finish();
  await fed;
});

test('-i: where one node refuses the channel, the others have their input and their end, and the run says so', async () => {
  const refusal = new LockstepError('channel', 'no channel could be opened');
  const [well, closed] = [nodeThatTakes('well'), nodeThatTakes('closed', refusal)];
  const { shared, sites } = shareAmong([closed, well]);
  const started = sites.map((site) => site.start());
  for (const { begun, status } of started) void Promise.allSettled([begun, status]);
  const ends = Promise.all(started.map(({ result }) => result));
  const fed = shared.feed(ends.then(() => {}));
  const told = expect(fed).rejects.toBe(refusal);
  expect(await ends).toEqual([{ kind: 'lost', reason: 'no channel could be opened' }, END]);
  expect(well.state.taken.endsWith(TEXT)).toBe(true);
  await told;
});

test('-i in a rollout: where the input cannot be kept for those whose turn comes later the run ends, since nobody would go on', async () => {
  vi.stubEnv('TMPDIR', '/nowhere/at/all');
  const [early, late] = [nodeThatTakes('early'), nodeThatTakes('late')];
  const pieces = Array<Buffer>(LIMITS.archiveRingBytes / MIB + 2).fill(Buffer.alloc(MIB));
  const { shared, sites } = shareAmong([early, late], pieces, { rollout: {} });
  sites[0]?.start();
  await expect(shared.feed(new Promise(() => {}))).rejects.toMatchObject({
    code: 'local-refusal',
    message: expect.stringContaining('whose turn comes later cannot be written: no such file or directory'),
  });
});
