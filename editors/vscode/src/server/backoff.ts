/** When a server that has ended is started again. Pure: times come from the caller. */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** A server that ran for this long was well: what comes next is a new trouble. */
const WELL_MS = 60_000;
const MOST_TRIES = 8;

export class Backoff {
  #tries = 0;

  /** Milliseconds to wait after a run of `ranMs`; undefined when it is time to stop trying. */
  next(ranMs: number): number | undefined {
    if (ranMs >= WELL_MS) {
      this.#tries = 0;
    }
    if (this.#tries >= MOST_TRIES) {
      return undefined;
    }
    return Math.min(FIRST_MS * 2 ** this.#tries++, LONGEST_MS);
  }

  /** The user wants it anew. */
  reset(): void {
    this.#tries = 0;
  }
}
