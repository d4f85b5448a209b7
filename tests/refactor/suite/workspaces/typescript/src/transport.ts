import { Ending, isRetryable, Job } from "./types";

/** Makes the call of a job. */
export interface Transport {
  send(job: Job, done: (ending: Ending) => void): void;
}

type Fetch = (url: string, init: { method: string; body?: string }) => Promise<{
  status: number;
  text(): Promise<string>;
}>;

/** Over the platform's own fetch. */
export class FetchTransport implements Transport {
  constructor(private readonly fetch: Fetch) {}

  send(job: Job, done: (ending: Ending) => void): void {
    this.fetch(job.url, { method: job.method, body: job.body })
      .then(async (answer) => done(describe(answer.status, await answer.text())))
      .catch((error: unknown) => done({ kind: "failed", reason: String(error), retryable: true }));
  }
}

/** What a status and a text say about the call. */
export function describe(status: number, text: string): Ending {
  if (status < 400) {
    return { kind: "done", status, text };
  }
  return { kind: "failed", reason: `status ${status}`, retryable: isRetryable(status) };
}
