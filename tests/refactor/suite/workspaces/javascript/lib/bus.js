import { matches, specificity } from "./pattern.js";

/** Events by name, to whoever listens to a pattern of names. */
export class Bus {
  #listeners = [];
  #silent = false;

  /** Calls `listener` for every event whose name matches; returns what ends it. */
  on(pattern, listener) {
    const entry = { pattern, listener, weight: specificity(pattern) };
    this.#listeners.push(entry);
    this.#listeners.sort((one, other) => other.weight - one.weight);
    return () => {
      const at = this.#listeners.indexOf(entry);
      if (at >= 0) {
        this.#listeners.splice(at, 1);
      }
    };
  }

  /** The same for the next event only. */
  once(pattern, listener) {
    const end = this.on(pattern, (event) => {
      end();
      listener(event);
    });
    return end;
  }

  /** Tells everybody; the most specific pattern first. Returns how many heard it. */
  emit(name, detail) {
    if (this.#silent) {
      return 0;
    }
    let heard = 0;
    for (const { pattern, listener } of [...this.#listeners]) {
      if (matches(pattern, name)) {
        listener({ name, detail });
        heard += 1;
      }
    }
    return heard;
  }

  /** Nobody hears anything while `work` runs. */
  hushed(work) {
    this.#silent = true;
    try {
      return work();
    } finally {
      this.#silent = false;
    }
  }
}
