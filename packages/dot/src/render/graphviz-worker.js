/*
 * The worker that lays graphs out, in Node and in browsers: Graphviz works without a pause, so that only from another
 * thread can it be stopped. Plain JavaScript, so that one file serves the sources and the published package.
 */

/** @typedef {import("./messages.js").SvgRequest} SvgRequest */
/** @typedef {import("./messages.js").Answer<string>} Answer */

const threads =
  typeof process === "object" && "getBuiltinModule" in process
    ? process.getBuiltinModule("node:worker_threads")
    : undefined;

// Graphviz warns of characters whose width it has to guess. What it cannot draw it says by an error as well.
console.error = () => undefined;

/** @type {import("@hpcc-js/wasm-graphviz").Graphviz | undefined} */
let graphviz;

/** @param {SvgRequest} request @returns {Promise<Answer>} */
async function draw({ dot }) {
  try {
    const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
    graphviz ??= await Graphviz.load();
  } catch (error) {
    return { reason: `the package @hpcc-js/wasm-graphviz cannot be loaded, is it installed? ${text(error)}` };
  }
  try {
    return { picture: graphviz.dot(dot, "svg") };
  } catch (error) {
    return { reason: `Graphviz cannot draw this graph: ${text(error)}` };
  }
}

/** @param {unknown} error */
function text(error) {
  return error instanceof Error ? error.message.trim() : String(error);
}

if (threads?.parentPort) {
  const port = threads.parentPort;
  port.on("message", (/** @type {SvgRequest} */ request) => {
    void draw(request).then((answer) => {
      port.postMessage(answer);
    });
  });
} else {
  addEventListener("message", (/** @type {MessageEvent<SvgRequest>} */ { data }) => {
    void draw(data).then((answer) => {
      postMessage(answer);
    });
  });
}
