// Bundles the extension into one file, or with --tests each test. --minify for the package.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const tests = process.argv.includes("--tests");
const minify = process.argv.includes("--minify");

const common = { absWorkingDir: root, bundle: true, platform: "node", target: "node20", logLevel: "warning", metafile: true };
const { metafile } = await build(
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

if (minify) {
  writeFileSync(`${root}/dist/NOTICES.txt`, notices(Object.keys(metafile.inputs)));
}

/** The licences of the packages in the bundle, which they want kept with them. */
function notices(files) {
  const packages = files.map((file) => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean);
  const texts = [...new Set(packages)].sort().map((folder) => {
    const name = readdirSync(`${root}/${folder}`).find((entry) => /^licen[cs]e/i.test(entry));
    if (name === undefined) {
      throw new Error(`${folder} has no licence to keep`);
    }
    return `${folder.replace("node_modules/", "")}\n\n${readFileSync(`${root}/${folder}/${name}`, "utf8").trim()}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
