/** What travels through the queue: one HTTP call that has not been made yet. */
export interface Job {
  readonly id: string;
  readonly url: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: string;
  /** Milliseconds of the epoch before which it is not tried. */
  notBefore: number;
  attempts: number;
}

/** How a call ended. */
export type Ending =
  | { readonly kind: "done"; readonly status: number; readonly text: string }
  | { readonly kind: "failed"; readonly reason: string; readonly retryable: boolean };

/** Who hears how the jobs fare. */
export interface Listener {
  finished(job: Job, ending: Ending): void;
  postponed(job: Job, delay: number): void;
}

/** Statuses after which the same call may be made again. */
export const RETRYABLE: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export function isRetryable(status: number): boolean {
  return RETRYABLE.has(status);
}
