/**
 * Does `work` for up to `atOnce` items at a time and yields the results in the order of the items.
 * When one fails, or the caller stops early, it waits for those that are under way, so that no file stays open.
 */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  const waiting = items[Symbol.iterator]();
  const fill = () => {
    while (running.length < atOnce) {
      const next = waiting.next();
      if (next.done) return;
      const result = work(next.value);
      // The loop below sees a failure when its turn comes; Node.js would take it for unhandled until then.
      result.catch(() => {});
      running.push(result);
    }
  };
  try {
    for (fill(); running[0] !== undefined; fill()) {
      const result = await running[0];
      running.shift();
      yield result;
    }
  } finally {
    await Promise.allSettled(running);
  }
}
