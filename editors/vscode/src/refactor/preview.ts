/**
 * A look at a change across files, before it is made: side by side, to be applied or discarded as a whole.
 *
 * VS Code's own preview leaves every file out until it is ticked, and lets a part of a refactoring be applied.
 */

import * as vscode from "vscode";
import type { ApplyWorkspaceEditParams, ApplyWorkspaceEditResult } from "vscode-languageclient/node";
import { deferred } from "../deferred.js";
import { setContext } from "../status/bar.js";
import type { Texts } from "../texts.js";
import { changed, confirmed, isToBeConfirmed } from "./changed.js";

const APPLY = "Apply";
const DISCARD = "Discard";

type Next = (params: ApplyWorkspaceEditParams) => PromiseLike<ApplyWorkspaceEditResult>;

export class Preview {
  readonly #texts: Texts;
  /** Ends the question that is open. */
  #decide: ((isWanted: boolean) => void) | undefined;

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  /** Stands between the server's edit and the language client, which applies it. */
  async apply(params: ApplyWorkspaceEditParams, next: Next): Promise<ApplyWorkspaceEditResult> {
    if (!isToBeConfirmed(params.edit)) {
      return next(params);
    }
    if (!(await this.#isWanted(params))) {
      return { applied: false, failureReason: "the user has discarded it" };
    }
    return next({ ...params, edit: confirmed(params.edit) });
  }

  /** What the commands for it do. */
  decide(isWanted: boolean): void {
    this.#decide?.(isWanted);
  }

  async #isWanted({ edit, label }: ApplyWorkspaceEditParams): Promise<boolean> {
    this.#decide?.(false);
    const files = await changed(edit, async (uri) => (await vscode.workspace.openTextDocument(vscode.Uri.parse(uri))).getText());
    const title = `${label ?? "Emberline"} (preview)`;
    const resources = files.map(({ before, after }) => {
      const left = before === undefined ? undefined : vscode.Uri.parse(before.uri);
      const named = after === undefined ? left : vscode.Uri.parse(after.uri);
      return [named, left, after && this.#texts.put(vscode.Uri.parse(after.uri).path, after.text)];
    });
    const { promise: decided, resolve: decide } = deferred<boolean>();
    this.#decide = decide;
    const listening = vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
      if (closed.some((tab) => isOf(tab, title))) {
        decide(false);
      }
    });
    setContext("previewing", true);
    try {
      // Else the preview takes the place of an editor that was only looked into, and its document is closed.
      await vscode.commands.executeCommand("workbench.action.keepEditor");
      await vscode.commands.executeCommand("vscode.changes", title, resources);
      void ask(files.length, decide);
      return await decided;
    } finally {
      this.#decide = undefined;
      listening.dispose();
      setContext("previewing", false);
      await vscode.window.tabGroups.close(tabsOf(title));
    }
  }
}

/** In words as well; the same can be said by the commands, and by closing the tab. */
async function ask(count: number, decide: (isWanted: boolean) => void): Promise<void> {
  const words = `Emberline changes ${count === 1 ? "one file" : `${count} files`}.`;
  const chosen = await vscode.window.showInformationMessage(words, APPLY, DISCARD);
  if (chosen !== undefined) {
    decide(chosen === APPLY);
  }
}

function tabsOf(title: string): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter((tab) => isOf(tab, title));
}

/** VS Code adds the number of files to the title. */
function isOf({ label }: vscode.Tab, title: string): boolean {
  return label.startsWith(title);
}
