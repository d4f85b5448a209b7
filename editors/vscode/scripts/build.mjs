// Bundles the extension into one file, or with --tests each test. --minify for the package.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const tests = process.argv.includes("--tests");
const minify = process.argv.includes("--minify");

const common = { absWorkingDir: root, bundle: true, platform: "node", target: "node20", logLevel: "warning" };
await build(
  tests
    ? {
        ...common,
        entryPoints: readdirSync(`${root}/test`).filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`),
        format: "esm",
        outdir: "dist/test",
        outExtension: { ".js": ".mjs" },
      }
    : {
        ...common,
        entryPoints: ["src/extension.ts"],
        external: ["vscode"],
        format: "cjs",
        // The language client is published as CommonJS and as modules; the first bundles smaller.
        mainFields: ["module", "main"],
        outfile: "dist/extension.cjs",
        minify,
        sourcemap: minify ? false : "linked",
      },
);
