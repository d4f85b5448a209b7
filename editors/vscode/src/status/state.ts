/** What is known of the server and of the last answer. */

export interface ServerStatus {
  readonly kind: "normal" | "warning" | "error" | "inactive";
  readonly busy: boolean;
  readonly message: string;
}

export type Server =
  | { readonly kind: "absent" }
  | { readonly kind: "starting" }
  /** It ended; `again` is whether it is started anew by itself. */
  | { readonly kind: "ended"; readonly message: string; readonly again: boolean }
  | { readonly kind: "running"; readonly status: ServerStatus };

export interface Privacy {
  readonly mode: string;
  /** Who has set it. */
  readonly from: string;
}

export interface Answer {
  readonly lane: string;
  readonly milliseconds: number;
}

export interface State {
  readonly server: Server;
  readonly privacy?: Privacy | undefined;
  readonly model?: string | undefined;
  readonly version?: string | undefined;
  readonly answer?: Answer | undefined;
  readonly isPaused: boolean;
  readonly isTrusted: boolean;
}

export const UNKNOWN: State = { server: { kind: "starting" }, isPaused: false, isTrusted: true };
