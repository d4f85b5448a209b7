import { delayFor, spread, USUAL } from "./backoff";
import { Heap } from "./heap";
import { Transport } from "./transport";
import { Ending, Job, Listener } from "./types";

/** How often a job is tried before it is given up. */
export const MOST_ATTEMPTS = 5;

/** Jobs in the order of their time, a few at once. */
export class Queue {
  private readonly waiting = new Heap<Job>((job) => job.notBefore);
  private running = 0;

  constructor(
    private readonly transport: Transport,
    private readonly listener: Listener,
    private readonly width = 4,
  ) {}

  /** Puts a job in; it is tried as soon as its time has come. */
  add(job: Job): void {
    this.waiting.push(job);
  }

  /** Starts what may start at `now`, and returns how many were started. */
  step(now: number): number {
    let started = 0;
    while (this.running < this.width) {
      const next = this.waiting.peek();
      if (next === undefined || next.notBefore > now) {
        break;
      }
      this.waiting.pop();
      this.start(next, now);
      started += 1;
    }
    return started;
  }

  get length(): number {
    return this.waiting.size + this.running;
  }

  private start(job: Job, now: number): void {
    this.running += 1;
    job.attempts += 1;
    this.transport.send(job, (ending) => {
      this.running -= 1;
      this.settle(job, ending, now);
    });
  }

  private settle(job: Job, ending: Ending, now: number): void {
    if (ending.kind === "failed" && ending.retryable && job.attempts < MOST_ATTEMPTS) {
      const delay = spread(delayFor(job, USUAL));
      job.notBefore = now + delay;
      this.listener.postponed(job, delay);
      this.waiting.push(job);
    } else {
      this.listener.finished(job, ending);
    }
  }
}
