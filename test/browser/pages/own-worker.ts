/** What a module of this folder does, done in a worker of the page's own. */
export function inWorker(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => {
      resolve(data);
    });
    worker.addEventListener("error", ({ message }) => {
      reject(new Error(message));
    });
  });
}
