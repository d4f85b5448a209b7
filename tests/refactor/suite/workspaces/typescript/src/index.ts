import { askedFor, delayFor } from "./backoff";
import { MOST_ATTEMPTS, Queue } from "./queue";
import { FetchTransport } from "./transport";
import { Job, Listener } from "./types";

export { Queue, FetchTransport, MOST_ATTEMPTS, askedFor };

/** A job as most callers want it. */
export function get(id: string, url: string): Job {
  return { id, url, method: "GET", notBefore: 0, attempts: 0 };
}

/** How long a job may take in the worst case, in milliseconds, without the calls themselves. */
export function longestWait(job: Job): number {
  let whole = 0;
  for (let attempts = 1; attempts < MOST_ATTEMPTS; attempts += 1) {
    whole += delayFor({ ...job, attempts });
  }
  return whole;
}

/** A listener that keeps what it heard, for those who only want to count. */
export function counting(): Listener & { done: number; failed: number } {
  return {
    done: 0,
    failed: 0,
    finished(_job, ending) {
      if (ending.kind === "done") {
        this.done += 1;
      } else {
        this.failed += 1;
      }
    },
    postponed() {},
  };
}
