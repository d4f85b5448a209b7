/** The message of a commit, from what is staged, put where the user writes it. */

import * as vscode from "vscode";
import type { Connection } from "../server/client.js";
import { ordered, type Done } from "./orders.js";
import { chooseRepository, type Repository } from "./repositories.js";

interface Written extends Done {
  readonly message: string;
}

const REPLACE = "Replace";

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
  const detail = `There:\n${there}\n\nNew:\n${message}`;
  const question = "There is a commit message already. Replace it?";
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, REPLACE)) === REPLACE;
}
