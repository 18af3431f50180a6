/** Handles events one after the other: events that a handler causes wait until it is done. */
export function inTurn<Event>(handle: (event: Event) => void): (event: Event) => void {
  const waiting: Event[] = [];
  let isHandling = false;
  return (event) => {
    waiting.push(event);
    if (isHandling) return;
    isHandling = true;
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) handle(next);
    } finally {
      // A handler that throws must not block all later events.
      isHandling = false;
    }
  };
}
