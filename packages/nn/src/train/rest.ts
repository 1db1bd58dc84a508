/** How long training may hold the event loop, in milliseconds. */
const BUSY = 50;

/** Makes a function that lets the event loop have its turn if that is due, or in any case when told to. */
export function createRest(): (due?: boolean) => Promise<void> {
  let since = performance.now();
  return async (due = performance.now() - since > BUSY) => {
    if (!due) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    since = performance.now();
  };
}
