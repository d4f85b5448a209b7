import { load, save } from "./store.js";
import { parts } from "./pattern.js";

/** Remembers how often each event came, across runs. */
export class Memory {
  #counts = {};

  constructor(path) {
    this.path = path;
  }

  /** Reads what earlier runs left; `ready(error)`. */
  open(ready) {
    load(this.path, (error, value) => {
      if (!error) {
        this.#counts = value;
      }
      ready(error);
    });
  }

  note(event) {
    const name = normal(event.name);
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }

  count(name) {
    return this.#counts[normal(name)] ?? 0;
  }

  /** Writes it all down; `done(error)`. */
  close(done) {
    save(this.path, this.#counts, done);
  }
}

function normal(name) {
  return parts(name).join(".");
}
