import { load } from "./store.js";

/** Emits what a file recorded, in order; `done(error, count)`. */
export function replay(bus, path, done) {
  load(path, (error, recording) => {
    if (error) {
      done(error);
      return;
    }
    const events = recording.events ?? [];
    for (const { name, detail } of events) {
      bus.emit(name, detail);
    }
    done(null, events.length);
  });
}
