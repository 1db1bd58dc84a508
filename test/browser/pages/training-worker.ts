import training from "./training.js";

void training().then((result) => {
  postMessage(result);
});
