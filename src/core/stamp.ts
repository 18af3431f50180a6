/** Between a run and its listeners: gives each event its time and run, and hands it to all of them. */
import type { Listener, RunEvent, Stamped, Teller } from './events.ts';

/** An event that already has a stamp keeps it. */
export function stamped(listener: Listener, wallMs: () => number): Teller {
  let run: string | undefined;
  const stamp = <Event extends RunEvent>(event: Event): Stamped<Event> => ({ at: wallMs(), run, ...event });
  return {
    tell: (event) => {
      if (event.type === 'begun') run = event.run;
      listener.tell(stamp(event));
    },
    output: (event) => listener.output(stamp(event)),
    heard: () => listener.heard(),
  };
}

/** Several listeners as one, including those that join the list later. The slowest of them holds a node back. */
export function tee(listeners: readonly Listener[]): Listener {
  return {
    tell: (event) => {
      for (const listener of listeners) listener.tell(event);
    },
    output: (event) => {
      const waits = listeners.map((listener) => listener.output(event)).filter((wait) => wait !== undefined);
      if (waits.length > 0) return waits.length === 1 ? waits[0] : Promise.all(waits).then(() => {});
    },
    heard: async () => {
      await Promise.all(listeners.map((listener) => listener.heard()));
    },
  };
}
