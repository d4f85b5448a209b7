// Unpacks all Brotli files of one folder into another: node brotli.mjs FROM TO.
import { createReadStream, createWriteStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [, , from, to] = process.argv;
for (const name of readdirSync(from).filter((each) => each.endsWith(".br"))) {
  const target = createWriteStream(join(to, name.slice(0, -".br".length)));
  await pipeline(createReadStream(join(from, name)), createBrotliDecompress(), target);
}
