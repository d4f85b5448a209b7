import { Job } from "./types";

/** Bounds of the delay between two attempts, in milliseconds. */
export interface Bounds {
  readonly first: number;
  readonly longest: number;
  readonly factor: number;
}

export const USUAL: Bounds = { first: 250, longest: 30_000, factor: 2 };

/** The delay before the next attempt of a job: it grows by the factor, up to the longest. */
export function delayFor(job: Job, bounds: Bounds = USUAL): number {
  const grown = bounds.first * Math.pow(bounds.factor, Math.max(0, job.attempts - 1));
  return Math.min(grown, bounds.longest);
}

/** The same, but never exactly the same for two jobs that failed together. */
export function spread(delay: number, random: () => number = Math.random): number {
  const half = delay / 2;
  return Math.round(half + half * random());
}

/** What a server asks for by `Retry-After`: seconds, or a date. */
export function askedFor(header: string | null, now: number): number | undefined {
  if (header === null) {
    return undefined;
  }
  const seconds = Number(header);
  if (!Number.isNaN(seconds)) {
    return seconds * 1000;
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
