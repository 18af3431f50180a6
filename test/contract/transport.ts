/**
 * What every transport must keep, whoever is behind it: an embedded server, OpenSSH, a simulated network.
 * Each case runs real sh commands on the node, in a directory where they may write.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Connection } from '../../src/ssh/transport.ts';
import {
  collector,
  deferred,
  digestOf,
  numbers,
  run,
  runTogether,
  STALLED_MS,
  writeUntilStalled,
} from './channels.ts';
import type { ContractSetup } from './setup.ts';
import { collectWarnings } from './warnings.ts';

const NEVER = new AbortController().signal;

export function describeTransportContract(name: string, setup: () => Promise<ContractSetup>): void {
  describe(`transport contract: ${name}`, () => {
    let contract: ContractSetup;
    beforeAll(async () => {
      contract = await setup();
    });
    afterAll(() => contract?.stop());

    const connect = async (): Promise<Connection> => {
      const connection = await contract.transport.connect(contract.node, NEVER);
      onTestFinished(() => connection.close());
      return connection;
    };

    describeResults(connect, () => contract);
    describeFlow(connect);
    describeEnds(connect, () => contract);
  });
}

function describeResults(connect: () => Promise<Connection>, contract: () => ContractSetup): void {
  it.each([0, 7, 255])('a command that exits with %i has that code as its result', async (code) => {
    expect((await run(await connect(), `exit ${code}`)).result).toEqual({ kind: 'code', code });
  });

  it('a command that a signal ended has the signal as its result', async () => {
    const { result } = await run(await connect(), 'kill -TERM $$');
    if (contract().tellsNoSignals !== undefined) return expect(result.kind).toBe('lost');
    expect(result).toEqual({ kind: 'signal', signal: 'SIGTERM' });
  });

  it('a command that closes its outputs before it exits keeps its exit code', async () => {
    const { result } = await run(await connect(), 'exec >&- 2>&-; sleep 0.3; exit 5', []);
    expect(result).toEqual({ kind: 'code', code: 5 });
  });

  it('stdout and stderr arrive apart, and complete, also when both are long', async () => {
    const seen = await run(await connect(), 'seq 1 2600000 & seq 2 2600001 >&2; wait; exit 9');
    expect(seen.result).toEqual({ kind: 'code', code: 9 });
    expect(seen.stdout).toEqual(digestOf(numbers(1, 2_600_000)));
    expect(seen.stderr).toEqual(digestOf(numbers(2, 2_600_001)));
  });

  it('two long outputs whose sinks hold back stop the node, and arrive complete', async () => {
    const connection = await connect();
    const bytes = { stdout: 0, stderr: 0 };
    const hold = (name: keyof typeof bytes) => async (chunk: Buffer) => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      bytes[name] += chunk.length;
    };
    const sinks = { onStdout: hold('stdout'), onStderr: hold('stderr') };
    const channel = await connection.exec('seq 1 1300000 & seq 2 1300001 >&2; wait; exit 9', sinks);
    expect(await channel.result).toEqual({ kind: 'code', code: 9 });
    expect(bytes).toEqual({ stdout: numbers(1, 1_300_000).length, stderr: numbers(2, 1_300_001).length });
  });

  it('the result comes after the last byte was taken by a slow sink', async () => {
    const connection = await connect();
    let bytes = 0;
    const slowly = async (chunk: Buffer) => {
      await delay(1);
      bytes += chunk.length;
    };
    const channel = await connection.exec('seq 1 300000; exit 4', { onStdout: slowly, onStderr: slowly });
    expect(await channel.result).toEqual({ kind: 'code', code: 4 });
    expect(bytes).toBe(numbers(1, 300_000).length);
  });

  it('commands of one connection run side by side, each with its own output', async () => {
    const connection = await connect();
    const commands = [1, 2, 3, 4, 5].map((each) => `seq ${each} 20000; exit ${each}`);
    const all = await runTogether(connection, commands, contract().losesNewChannels !== undefined);
    for (const [index, seen] of all.entries()) {
      expect(seen.result).toEqual({ kind: 'code', code: index + 1 });
      expect(seen.stdout).toEqual(digestOf(numbers(index + 1, 20_000)));
    }
  });
}

function describeFlow(connect: () => Promise<Connection>): void {
  it('20 MB go through cat and come back unchanged', async () => {
    const blocks = Array.from({ length: 80 }, () => randomBytes(256 * 1024));
    const seen = await run(await connect(), 'cat', blocks);
    expect(seen.result).toEqual({ kind: 'code', code: 0 });
    expect(seen.stdout).toEqual(digestOf(Buffer.concat(blocks)));
  });

  it('end of file on stdin ends a command that waits for it', async () => {
    const seen = await run(await connect(), 'cat; exit 6', []);
    expect(seen.result).toEqual({ kind: 'code', code: 6 });
  });

  it('a node that does not read leaves write waiting with bounded bytes, and takes all of them later', async () => {
    const connection = await connect();
    const flag = `go-${randomBytes(6).toString('hex')}`;
    const output = collector();
    const command = `while [ ! -e ${flag} ]; do sleep 0.05; done; rm ${flag}; wc -c`;
    const channel = await connection.exec(command, output.sinks);
    const { bytes, pending } = await writeUntilStalled(channel);
    expect(bytes).toBeLessThan(8 * 1024 * 1024);
    await run(connection, `: >${flag}`);
    await pending;
    channel.end();
    expect(await channel.result).toEqual({ kind: 'code', code: 0 });
    expect(Number(output.text())).toBe(bytes);
  });

  it('a sink that holds back stops the node, and loses nothing', async () => {
    const connection = await connect();
    const flag = `done-${randomBytes(6).toString('hex')}`;
    const gate = deferred();
    let bytes = 0;
    let callsWhileHeld = -1;
    const hold = (chunk: Buffer) => {
      bytes += chunk.length;
      callsWhileHeld += 1;
      return gate.promise;
    };
    const channel = await connection.exec(`seq 1 3000000; : >${flag}`, { onStdout: hold, onStderr: hold });
    await delay(STALLED_MS);
    expect(callsWhileHeld).toBe(0);
    expect((await run(connection, `[ -e ${flag} ]`)).result).toEqual({ kind: 'code', code: 1 });
    gate.resolve();
    expect(await channel.result).toEqual({ kind: 'code', code: 0 });
    expect(bytes).toBe(numbers(1, 3_000_000).length);
    expect((await run(connection, `rm ${flag}`)).result).toEqual({ kind: 'code', code: 0 });
  });

  it('100,000 small writes arrive, and leave no listeners behind', async () => {
    const warnings = collectWarnings();
    const output = collector();
    const channel = await (await connect()).exec('wc -c', output.sinks);
    for (let count = 0; count < 100_000; count += 1) await channel.write('ab');
    channel.end();
    expect(await channel.result).toEqual({ kind: 'code', code: 0 });
    expect(Number(output.text())).toBe(200_000);
    expect(warnings).toEqual([]);
  });
}

function describeEnds(connect: () => Promise<Connection>, contract: () => ContractSetup): void {
  it('write and end after the command has exited resolve at once', async () => {
    const channel = await (await connect()).exec('exit 3', collector().sinks);
    expect(await channel.result).toEqual({ kind: 'code', code: 3 });
    await channel.write(Buffer.alloc(1024 * 1024));
    channel.end();
    await channel.write('more');
  });

  it('a write that waits is released when the command exits', async () => {
    const channel = await (await connect()).exec('sleep 2; exit 3', collector().sinks);
    const { pending } = await writeUntilStalled(channel);
    await pending;
    expect(await channel.result).toEqual({ kind: 'code', code: 3 });
  });

  it('a channel that is closed has a result at once, and the connection goes on', async () => {
    const connection = await connect();
    const channel = await connection.exec('cat', collector().sinks);
    channel.close();
    expect((await channel.result).kind).toBe('lost');
    await channel.write('nobody reads this');
    if (contract().losesNewChannels !== undefined) return;
    expect((await run(connection, 'exit 2')).result).toEqual({ kind: 'code', code: 2 });
  });

  it('a connection that breaks is a lost result, releases writers, and says so to the next command', async () => {
    const connection = await connect();
    const output = collector();
    const silent = await connection.exec('sleep 20', collector().sinks);
    const channel = await connection.exec('echo here; sleep 20', output.sinks);
    await output.first;
    const { pending } = await writeUntilStalled(silent);
    await contract().cutConnections();
    await pending;
    expect(await silent.result).toMatchObject({ kind: 'lost', reason: await connection.closed });
    expect((await channel.result).kind).toBe('lost');
    expect(output.text()).toBe('here\n');
    await expect(connection.exec('true', collector().sinks)).rejects.toMatchObject({
      name: 'LockstepError',
      code: 'connection-lost',
      node: contract().node,
    });
  });

  it('a connection that was closed here ends its commands as lost, and starts no other', async () => {
    const connection = await connect();
    const channel = await connection.exec('sleep 20', collector().sinks);
    await connection.close();
    await connection.close();
    expect((await channel.result).kind).toBe('lost');
    await expect(connection.exec('true', collector().sinks)).rejects.toMatchObject({
      code: 'connection-lost',
    });
  });

  it('an abort ends the connecting, before it begins and while it is under way', async () => {
    const { transport, node } = contract();
    await expect(transport.connect(node, AbortSignal.abort())).rejects.toMatchObject({ code: 'interrupted' });
    if (contract().connectsAtOnce) return;
    const controller = new AbortController();
    const connecting = transport.connect(node, controller.signal);
    setImmediate(() => controller.abort());
    await expect(connecting).rejects.toMatchObject({ code: 'interrupted', node });
  });

  it('sessions beyond those that the server allows are refused by name, and the others run', async (context) => {
    const { sessionsMax } = contract();
    if (sessionsMax === undefined) return context.skip('this server sets no limit');
    const connection = await connect();
    const starts = Array.from({ length: sessionsMax + 2 }, () => connection.exec('cat', collector().sinks));
    const settled = await Promise.allSettled(starts);
    const refused = settled.filter((one) => one.status === 'rejected');
    expect(refused.map((one) => (one.reason as { code: string }).code)).toEqual(['channel', 'channel']);
    const channels = settled.filter((one) => one.status === 'fulfilled').map((one) => one.value);
    for (const channel of channels) channel.end();
    const results = await Promise.all(channels.map((channel) => channel.result));
    expect(results).toEqual(Array(sessionsMax).fill({ kind: 'code', code: 0 }));
  });
}
