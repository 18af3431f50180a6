import { describe, expect, test } from 'vitest';
import type { Listener, OutputEvent, RunEvent, Stamped } from '../../../src/core/events.ts';
import { nodeId } from '../../../src/core/node.ts';
import { stamped, tee } from '../../../src/core/stamp.ts';

const node = { id: nodeId('root', 'a', 22), user: 'root', host: 'a', port: 22, given: 'a' };
const output: OutputEvent = { type: 'output', node, stream: 'stdout', chunk: Buffer.from('x') };

class Ear implements Listener {
  readonly heardEvents: Stamped<RunEvent>[] = [];
  readonly #wait: Promise<void> | undefined;

  constructor(wait?: Promise<void>) {
    this.#wait = wait;
  }

  tell(event: Stamped<RunEvent>): void {
    this.heardEvents.push(event);
  }

  output(event: Stamped<RunEvent>): void | Promise<void> {
    this.heardEvents.push(event);
    return this.#wait;
  }

  heard(): Promise<void> {
    return this.#wait ?? Promise.resolve();
  }
}

describe('the stamp of events', () => {
  test('every event has its time, and from begun on its run', () => {
    const ear = new Ear();
    let now = 100;
    const teller = stamped(ear, () => now++);
    teller.tell({ type: 'nodes', nodes: [node] });
    teller.tell({ type: 'begun', run: 'r1', who: 'ann' });
    teller.output(output);
    expect(ear.heardEvents.map(({ type, at, run }) => [type, at, run])).toEqual([
      ['nodes', 100, undefined],
      ['begun', 101, 'r1'],
      ['output', 102, 'r1'],
    ]);
  });

  test('an event that has a stamp keeps it, whoever hands it on', () => {
    const ear = new Ear();
    const outer = stamped(ear, () => 2);
    const inner = stamped(outer, () => 1);
    inner.tell({ type: 'begun', run: 'r1', who: 'ann' });
    outer.tell({ type: 'program' });
    expect(ear.heardEvents.map(({ at, run }) => [at, run])).toEqual([
      [1, 'r1'],
      [2, 'r1'],
    ]);
  });
});

describe('several listeners as one', () => {
  test('all hear everything, also one that joins later', () => {
    const first = new Ear();
    const listeners: Listener[] = [first];
    const teller = stamped(tee(listeners), () => 0);
    teller.tell({ type: 'program' });
    const late = new Ear();
    listeners.push(late);
    teller.tell({ type: 'program' });
    teller.output(output);
    expect([first.heardEvents.length, late.heardEvents.length]).toEqual([3, 2]);
  });

  test('the slowest of them holds a node back; none does where all have room', async () => {
    let release = () => {};
    const room = new Promise<void>((resolve) => {
      release = resolve;
    });
    expect(stamped(tee([new Ear(), new Ear()]), () => 0).output(output)).toBeUndefined();
    let isOver = false;
    const teller = stamped(tee([new Ear(), new Ear(room), new Ear(Promise.resolve())]), () => 0);
    const held = Promise.resolve(teller.output(output)).then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    release();
    await held;
  });

  test('what one of them cannot take is known to whoever asks whether all was heard', async () => {
    const broken = new Ear(Promise.reject(new Error('the disk is full')));
    await expect(tee([new Ear(), broken]).heard()).rejects.toThrow('the disk is full');
  });
});
