/** The item in the status bar: one state, drawn when it has changed. */

import * as vscode from "vscode";
import { UNKNOWN, type State } from "./state.js";
import { view, wordOf } from "./words.js";

/** Answers come with each key: the bar follows a little later, once for several. */
const CALM_MS = 150;

export class StatusBar implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  #state: State = UNKNOWN;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#item = vscode.window.createStatusBarItem("emberline.status", vscode.StatusBarAlignment.Right, 100);
    this.#item.name = "Emberline";
    this.#item.command = "emberline.menu";
    this.#draw();
    this.#item.show();
  }

  get state(): State {
    return this.#state;
  }

  /** Takes over what is given; `answer` alone is drawn when there is calm. */
  set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    if (Object.keys(change).every((key) => key === "answer")) {
      this.#timer ??= setTimeout(() => {
        this.#draw();
      }, CALM_MS);
    } else {
      this.#draw();
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#item.dispose();
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { text, tooltip, label, severity } = view(this.#state);
    this.#item.text = text;
    this.#item.tooltip = tooltip.join("\n");
    this.#item.accessibilityInformation = { label, role: "button" };
    this.#item.backgroundColor =
      severity === "normal" ? undefined : new vscode.ThemeColor(`statusBarItem.${severity}Background`);
    const word = wordOf(this.#state);
    setContext("running", this.#state.server.kind === "running");
    setContext("warm", word === "warm");
    setContext("paused", this.#state.isPaused);
  }
}

const contexts = new Map<string, boolean>();

/** A context key `emberline.NAME`, for when-clauses and the walkthrough. */
export function setContext(name: string, value: boolean): void {
  if (contexts.get(name) !== value) {
    contexts.set(name, value);
    void vscode.commands.executeCommand("setContext", `emberline.${name}`, value);
  }
}
