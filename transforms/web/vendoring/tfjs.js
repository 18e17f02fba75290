// What of TensorFlow.js the runtime of a graph model uses.
import "@tensorflow/tfjs-converter/dist/flags";
import "@tensorflow/tfjs-backend-webgl/dist/register_all_kernels";
import "@tensorflow/tfjs-backend-wasm/dist/register_all_kernels";

export { BackendWasm, init as initWasm, setWasmPaths } from "@tensorflow/tfjs-backend-wasm/dist/backend_wasm";
export { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl/dist/backend_webgl";
export { GraphModel } from "@tensorflow/tfjs-converter/dist/executor/graph_model";
export { env, findBackend, getBackend, registerBackend, removeBackend, setBackend, tensor, tidy } from "@tensorflow/tfjs-core";
