/** Runs a program to its end, its lines told as they come. */

import { spawn } from "node:child_process";

export interface Ended {
  /** Null where a signal ended it, or it could not be started. */
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Each line of either stream. */
  readonly line?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Never rejects: what cannot be started has no status, and says why in `err`. */
export function run(command: string, args: readonly string[], options: Running = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const { line, signal, ...rest } = options;
    const child = spawn(command, args, { ...rest, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    let out = "";
    let err = "";
    const tell = lines(line);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      tell(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
      tell(text);
    });
    // Waited for until it has really ended: what it was writing is taken away then.
    const stop = (): void => {
      child.kill();
    };
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) {
      stop();
    }
    child.on("error", (error) => {
      resolve({ status: null, out, err: err || error.message });
    });
    child.on("close", (status) => {
      signal?.removeEventListener("abort", stop);
      resolve({ status, out, err });
    });
  });
}

/** Calls `tell` for each line that is whole. */
export function lines(tell: ((line: string) => void) | undefined): (text: string) => void {
  let rest = "";
  return (text) => {
    const parts = (rest + text).split(/\r\n|[\r\n]/);
    rest = parts.pop() ?? "";
    for (const part of parts.filter((one) => one.trim() !== "")) {
      tell?.(part);
    }
  };
}
