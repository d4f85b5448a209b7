/** How far an order is: a notification that comes when the server begins, and can stop it. */

import * as vscode from "vscode";
import type { WorkDoneProgressBegin, WorkDoneProgressEnd, WorkDoneProgressReport } from "vscode-languageclient/node";

export class Progress {
  readonly #over: Promise<void>;
  readonly #stop: () => void;
  #bar: vscode.Progress<{ message?: string; increment?: number }> | undefined;
  #percent = 0;

  /** `over` never rejects. */
  constructor(over: Promise<void>, stop: () => void) {
    this.#over = over;
    this.#stop = stop;
  }

  hear(told: WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd): void {
    if (told.kind === "begin") {
      const options = { location: vscode.ProgressLocation.Notification, title: told.title, cancellable: true };
      void vscode.window.withProgress(options, (bar, token) => {
        this.#bar = bar;
        token.onCancellationRequested(this.#stop);
        this.#draw(told.message, told.percentage);
        return this.#over;
      });
    } else if (told.kind === "report") {
      this.#draw(told.message, told.percentage);
    }
  }

  #draw(message: string | undefined, percentage: number | undefined): void {
    const increment = Math.max(0, (percentage ?? 0) - this.#percent);
    this.#percent += increment;
    this.#bar?.report({ ...(message !== undefined && { message }), ...(increment > 0 && { increment }) });
  }
}
