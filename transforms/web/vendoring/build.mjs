// Bundles what the page of an image model needs of TensorFlow.js into ../page/vendor, and lists the operators that it runs.
//
//   npm ci && node build.mjs        npm compares each package with its hash in package-lock.json

import { build } from "esbuild";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { KINDS, supported } from "./operators.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "node_modules/@tensorflow"), vendor = join(here, "../page/vendor");
const { operators, kernels, functions } = supported(packages);

/** Leaves out what no exported graph needs: threads, other kinds of operators, kernels that no supported operator runs. */
const without = {
  name: "without",
  setup({ onLoad }) {
    const replaced = (filter, written) => onLoad({ filter }, ({ path }) => ({ contents: written(path), resolveDir: dirname(path) }));
    replaced(/threaded-simd(\.worker)?\.js$/, () => "export const wasmWorkerContents = ''; export default null;");
    replaced(/ops_for_converter\.js$/, () => `export { ${functions.join(", ")} } from "./ops";`);
    onLoad({ filter: /executors\/\w+_executor\.js$/ }, ({ path }) =>
      KINDS.includes(basename(path).replace("_executor.js", "")) ? null : { contents: "export const executeOp = () => { throw new Error('left out'); };" });
    replaced(/register_all_kernels\.js$/, (path) => {
      const kept = [...readFileSync(path, "utf8").matchAll(/import \{ (\w+) \} from '\.\/kernels\/(\w+)';/g)].filter(([, , file]) => kernels.includes(kernelOf(path, file)));
      const imports = kept.map(([line]) => line).join("\n");
      return `import { registerKernel } from "@tensorflow/tfjs-core";\n${imports}\n[${kept.map(([, config]) => config)}].forEach(registerKernel);`;
    });
  },
};

function kernelOf(registration, file) {
  const named = /kernelName: (\w+)/.exec(readFileSync(join(dirname(registration), "kernels", `${file}.js`), "utf8"));
  return named ? named[1] : file;
}

mkdirSync(vendor, { recursive: true });
const { version } = JSON.parse(readFileSync(join(packages, "tfjs-core/package.json")));
await build({
  entryPoints: [join(here, "tfjs.js")], outfile: join(vendor, "tfjs.js"), bundle: true, minify: true, format: "esm", platform: "browser", target: "es2022",
  // Also in node it runs as in a page: nothing but what the runtime reads for it.
  define: { process: "undefined" }, legalComments: "none", plugins: [without], logOverride: { "import-is-undefined": "silent" },
  banner: { js: `// TensorFlow.js ${version}, Apache-2.0: LICENSE-tfjs.txt. Made by transforms/web/vendoring/build.mjs.` },
});
for (const name of ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm"]) writeFileSync(join(vendor, name), readFileSync(join(packages, "tfjs-backend-wasm/dist", name)));
writeFileSync(join(here, "../tfjs_operators.json"), `${JSON.stringify({ tfjs: version, operators }, null, 1)}\n`);
