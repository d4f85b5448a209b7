import { readFile, writeFile } from "node:fs";

/** Reads a JSON file; `done(error, value)`. A file that is not there is empty. */
export function load(path, done) {
  readFile(path, "utf8", (error, text) => {
    if (error && error.code === "ENOENT") {
      done(null, {});
      return;
    }
    if (error) {
      done(error);
      return;
    }
    let value;
    try {
      value = JSON.parse(text);
    } catch (broken) {
      done(broken);
      return;
    }
    done(null, value);
  });
}

/** Writes a value as JSON; `done(error)`. */
export function save(path, value, done) {
  writeFile(path, JSON.stringify(value, null, 2), "utf8", done);
}
