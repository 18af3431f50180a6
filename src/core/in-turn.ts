/** Handles events one after the other: those that the handling of one causes wait until it is done. */
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
      // What throws must not keep all later events waiting.
      isHandling = false;
    }
  };
}
