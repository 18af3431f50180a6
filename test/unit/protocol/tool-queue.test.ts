import { describe, expect, it } from 'vitest';
import { ToolQueue } from '../../../src/protocol/tool-queue.ts';

/** A channel that takes a write when it is told to. */
function slowChannel() {
  const written: string[] = [];
  let take = () => {};
  const write = (text: string) => {
    written.push(text);
    return new Promise<void>((resolve) => {
      take = resolve;
    });
  };
  const takeNext = async () => {
    take();
    await new Promise(setImmediate);
  };
  return { written, write, takeNext };
}

describe('what waits for a tool', () => {
  it('leaves in order, in one write for all that piled up behind the last', async () => {
    const channel = slowChannel();
    const queue = new ToolQueue(channel.write, 100);
    for (const text of ['a', 'b', 'c']) {
      queue.push(text, 1);
      void queue.flush();
    }
    expect(channel.written).toEqual(['a']);
    await channel.takeNext();
    expect(channel.written).toEqual(['a', 'bc']);
  });

  it('S11: is bounded behind a write that is not taken, and not over the life of a tool that reads', async () => {
    const channel = slowChannel();
    const queue = new ToolQueue(channel.write, 100);
    for (let count = 0; count < 50; count += 1) {
      expect(queue.push('x', 40)).toBe(true);
      void queue.flush();
      expect(queue.push('y', 60)).toBe(true);
      await channel.takeNext();
      await channel.takeNext();
    }
    queue.push('z', 1);
    void queue.flush();
    expect(queue.push('x', 100)).toBe(true);
    expect(queue.push('y', 1)).toBe(false);
  });

  it('is nothing once it is closed', async () => {
    const channel = slowChannel();
    const queue = new ToolQueue(channel.write, 100);
    queue.push('a', 1);
    queue.close();
    expect(queue.push('b', 1_000)).toBe(true);
    await queue.flush();
    expect(channel.written).toEqual([]);
  });
});
