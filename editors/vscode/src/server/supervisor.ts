/** Keeps one server running for this window: starts it, starts it again when it ends, stops it at the end. */

import * as vscode from "vscode";
import type { GhostWatch } from "../ghost/watch.js";
import type { Preview } from "../refactor/preview.js";
import { setContext, type StatusBar } from "../status/bar.js";
import type { ServerStatus } from "../status/state.js";
import { Backoff } from "./backoff.js";
import { Connection, type Ears, type Start } from "./client.js";

/** What an entry of a menu depends on: it is there where the server does it. */
const ASKED = ["refactor", "report", "commitMessage", "summarize", "summarizeLog", "ask"];

/** How the server is started now; undefined where there is none. */
export type Find = () => Promise<Start | undefined>;

export class Supervisor {
  readonly #backoff = new Backoff();
  readonly #find: Find;
  readonly #log: vscode.LogOutputChannel;
  readonly #ghost: GhostWatch;
  readonly #bar: StatusBar;
  readonly #preview: Preview;
  readonly #dialogs: Pick<Ears, "show" | "answer" | "failed">;
  #connection: Connection | undefined;
  #startedAt = 0;
  #waiting: NodeJS.Timeout | undefined;
  /** Starts and stops come one after the other. */
  #queue: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(
    find: Find,
    log: vscode.LogOutputChannel,
    ghost: GhostWatch,
    bar: StatusBar,
    preview: Preview,
    dialogs: Pick<Ears, "show" | "answer" | "failed">,
  ) {
    this.#find = find;
    this.#log = log;
    this.#ghost = ghost;
    this.#bar = bar;
    this.#preview = preview;
    this.#dialogs = dialogs;
  }

  /** The running server's, or undefined while there is none. */
  get connection(): Connection | undefined {
    return this.#bar.state.server.kind === "running" ? this.#connection : undefined;
  }

  /** Starts the server, in place of the one that runs. Resolves when it runs or has failed to. */
  restart(): Promise<void> {
    this.#backoff.reset();
    return this.#then(async () => {
      await this.#halt();
      await this.#start();
    });
  }

  /** For good. */
  end(): Promise<void> {
    this.#isOver = true;
    return this.#then(() => this.#halt());
  }

  /** Tells the server, where one runs; a server that is just going hears it no more. */
  tell(say: (connection: Connection) => Promise<unknown>): void {
    const connection = this.connection;
    if (connection !== undefined) {
      say(connection).catch((error: unknown) => {
        this.#log.debug(`not told: ${String(error)}`);
      });
    }
  }

  /** Asks for what changes rarely, and shows it. */
  async look(): Promise<void> {
    const connection = this.connection;
    const report = await connection?.report().catch(() => undefined);
    if (report !== undefined && connection === this.#connection) {
      const { version, stats } = report;
      this.#bar.set({ version, model: stats.engine, privacy: stats.privacy });
    }
  }

  #then(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      this.#log.error(String(error));
    });
    return this.#queue;
  }

  async #halt(): Promise<void> {
    clearTimeout(this.#waiting);
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.stop();
  }

  async #start(): Promise<void> {
    if (this.#isOver) {
      return;
    }
    this.#bar.set({ server: { kind: "starting" }, isPaused: false, answer: undefined });
    const start = await this.#find();
    if (start === undefined) {
      this.#bar.set({ server: { kind: "absent" } });
      return;
    }
    const connection = new Connection(start, this.#log, this.#ghost, this.#preview, {
      ...this.#dialogs,
      status: (status) => {
        this.#heard(connection, status);
      },
      ended: () => {
        this.#ended(connection);
      },
    });
    this.#connection = connection;
    this.#startedAt = Date.now();
    try {
      await connection.start();
    } catch (error) {
      this.#log.error(`${start.command}: ${error instanceof Error ? error.message : String(error)}`);
      this.#ended(connection);
      return;
    }
    if (this.#connection === connection) {
      this.#heard(connection, { kind: "normal", busy: true, message: "starting" });
      for (const name of ASKED) {
        setContext(`offers.${name}`, connection.offers.has(name));
      }
    }
  }

  #heard(connection: Connection, status: ServerStatus): void {
    if (connection === this.#connection) {
      const isPaused = status.kind === "inactive" && status.message === "paused";
      this.#bar.set({ server: { kind: "running", status }, isPaused });
      void this.look();
    }
  }

  #ended(connection: Connection): void {
    if (connection !== this.#connection) {
      return;
    }
    this.#connection = undefined;
    const wait = this.#isOver ? undefined : this.#backoff.next(Date.now() - this.#startedAt);
    const again = wait !== undefined;
    const message = again ? "the server has ended and is started again" : "the server keeps ending; see the log";
    this.#log.warn(message);
    this.#bar.set({ server: { kind: "ended", message, again }, isPaused: false, answer: undefined });
    if (again) {
      this.#waiting = setTimeout(() => {
        void this.#then(() => this.#start());
      }, wait);
    } else if (!this.#isOver) {
      void this.#offerLog();
    }
  }

  async #offerLog(): Promise<void> {
    const restart = "Restart";
    const log = "Show the Log";
    const chosen = await vscode.window.showErrorMessage("Emberline's server keeps ending.", restart, log);
    if (chosen === restart) {
      await this.restart();
    } else if (chosen === log) {
      this.#log.show();
    }
  }
}
