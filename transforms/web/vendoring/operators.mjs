// Finds the operators of TensorFlow whose kernels TensorFlow.js has in WebAssembly and in WebGL, by reading its sources.

import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Kinds of operators that networks of images are made of. The others want tables, strings, loops or complex numbers. */
export const KINDS = [
  "arithmetic", "basic_math", "convolution", "creation", "graph", "image", "logical", "matrices", "normalization", "reduction", "slice_join",
  "transformation",
];
// The graph itself runs them, by no kernel.
const ITSELF = ["Const", "Identity", "IdentityN", "Placeholder", "Rank", "Shape", "ShapeN", "Size", "Snapshot", "StopGradient"];
// Random numbers; shapes that depend on values, which only asynchronous graphs have; complex numbers; what is not for inference.
const LEFT_OUT = /^(Random|Truncated|Multinomial|StatelessRandom|Unique|Where|ListDiff|Print|NonMax|Bincount|DenseBincount|Fake|NoOp|Complex|Real$|Imag)/;
// Functions name these kernels for numbers that are complex, which nothing here is.
const COMPLEX = new Set(["Complex", "ComplexAbs", "Imag", "Real"]);
const GRADIENTS = /grad|backprop/;

const code = (path) => readFileSync(path, "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
const all = (content, pattern) => [...content.matchAll(pattern)].map((match) => match[1]);

/**
 * @param packages the folder of the packages.
 * @returns sorted names: `operators` of TensorFlow, `kernels` that they run, `functions` of TensorFlow.js that do so.
 */
export function supported(packages) {
  const files = functionFiles(join(packages, "tfjs-core/dist/ops"));
  const backends = ["wasm", "webgl"].map((name) => kernelsIn(join(packages, `tfjs-backend-${name}/dist/kernels`)));
  const operators = new Set(ITSELF), kernels = new Set(["Cast", "Fill", "Identity", "Reshape"]), functions = new Set();
  for (const kind of KINDS) {
    const cases = code(join(packages, `tfjs-converter/dist/operations/executors/${kind}_executor.js`)).split(/(?=\bcase ')/).slice(1);
    let names = [];
    for (const one of cases) {
      const [label, name] = /^case '(\w+)':/.exec(one);
      names.push(name);
      const body = one.slice(label.length);
      if (!body.trim()) continue;
      const called = all(body, /\bops\.((?:fused\.)?\w+(?:\.\w+)?)\(/g);
      const found = called.map((path) => files.get(path.startsWith("fused.") ? path : path.split(".").at(-1)));
      const run = new Set(found.flatMap((file) => (file ? [...kernelsOf(file)] : [])));
      if (found.length && [...run].every((kernel) => COMPLEX.has(kernel) || backends.every((has) => has.has(kernel)))) {
        const kept = names.filter((operator) => !LEFT_OUT.test(operator));
        kept.forEach((operator) => operators.add(operator));
        if (kept.length) run.forEach((kernel) => kernels.add(kernel));
        if (kept.length) called.forEach((path) => functions.add(path.split(".")[0]));
      }
      names = [];
    }
  }
  return { operators: [...operators].sort(), kernels: [...kernels].sort(), functions: [...functions].sort() };
}

/** Functions by name, with the file of each. */
function functionFiles(folder) {
  const files = new Map();
  for (const path of readdirSync(folder, { recursive: true })) {
    if (!path.endsWith(".js") || path.endsWith("_test.js")) continue;
    const names = all(code(join(folder, path)), /export (?:const |function |\{ \w+ as )(\w+)/g);
    for (const name of names) files.set(path.startsWith("fused/") ? `fused.${name}` : name, join(folder, path));
  }
  return files;
}

function kernelsIn(folder) {
  const paths = readdirSync(folder).filter((name) => name.endsWith(".js"));
  return new Set(paths.flatMap((path) => [basename(path, ".js"), ...all(code(join(folder, path)), /kernelName: (\w+)/g)]));
}

const known = new Map();

/** The kernels that a function's file runs, by itself and by those that it calls; not those of its gradient. */
function kernelsOf(path) {
  if (known.has(path)) return known.get(path);
  const content = code(path);
  const found = new Set(all(content, /runKernel\('?(\w+)'?,/g));
  known.set(path, found);
  for (const other of all(content, /from '(\.\.?\/\w+)'/g)) {
    const file = join(dirname(path), `${other}.js`);
    if (file.includes("/ops/") && !GRADIENTS.test(other)) kernelsOf(file).forEach((kernel) => found.add(kernel));
  }
  return found;
}
