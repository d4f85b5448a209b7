/** The message of a commit, from what is staged, put where the user writes it. */

import * as vscode from "vscode";
import type { Connection } from "../server/client.js";
import { ordered, type Done } from "./orders.js";
import { chooseRepository, type Repository } from "./repositories.js";

interface Written extends Done {
  readonly message: string;
}

/** `asked`: what VS Code hands over where the command stands in a repository's title bar. */
export async function writeCommitMessage(connection: Connection | undefined, asked: unknown): Promise<void> {
  const repository = await chooseRepository(asked);
  if (repository === undefined) {
    return;
  }
  const written = await ordered(connection, (there) =>
    there.order<Written>("emberline/commitMessage", { folder: there.toServer.asUri(repository.rootUri) }),
  );
  if (written !== undefined && (await mayPut(repository, written.message))) {
    repository.inputBox.value = written.message;
    if (asked === undefined) {
      await vscode.commands.executeCommand("workbench.view.scm");
    }
    void vscode.window.showInformationMessage(`Emberline: ${written.words}`);
  }
}

/** What the user has written, also meanwhile, they are asked about. */
async function mayPut({ inputBox }: Repository, message: string): Promise<boolean> {
  const there = inputBox.value.trim();
  if (there === "" || there === message.trim()) {
    return true;
  }
  const items = [
    { label: "$(check) Replace it", detail: inOneLine(message), isReplaced: true },
    { label: "$(discard) Keep it", detail: inOneLine(there), isReplaced: false },
  ];
  const title = "There is a commit message already";
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: title, ignoreFocusOut: true });
  return chosen?.isReplaced === true;
}

function inOneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, " ↵ ");
}
