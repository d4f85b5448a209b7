import { Bus } from "./bus.js";
import { Memory } from "./memory.js";
import { specificity } from "./pattern.js";
import { replay } from "./replay.js";

export { Bus, Memory, replay };

/** A bus whose events are remembered in a file; `ready(error, bus)`. */
export function remembered(path, ready) {
  const bus = new Bus();
  const memory = new Memory(path);
  memory.open((error) => {
    if (error) {
      ready(error);
      return;
    }
    bus.on("**", (event) => memory.note(event));
    ready(null, bus);
  });
}

/** The patterns, the most specific first. */
export function ranked(patterns) {
  return [...patterns].sort((one, other) => specificity(other) - specificity(one));
}
