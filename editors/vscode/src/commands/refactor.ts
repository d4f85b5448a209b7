/** Refactorings in the user's own words, and what the server asks on the way. */

import * as vscode from "vscode";
import type { Connection, Question } from "../server/client.js";
import { ordered } from "./orders.js";

/** Asks what should become of the selection, or of where the cursor is, and has it done. */
export async function refactorSelection(connection: Connection | undefined): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || connection === undefined) {
    void vscode.window.showInformationMessage("Emberline: open a file, and wait until the server runs.");
    return;
  }
  const { document, selection } = editor;
  const lines = selection.end.line - selection.start.line + 1;
  const instruction = await vscode.window.showInputBox({
    title: selection.isEmpty ? "Refactor here" : `Refactor ${lines === 1 ? "the selection" : `${lines} lines`}`,
    prompt: "In your own words. You see the changes before they are made.",
    placeHolder: "for example: return early instead of nesting",
  });
  if (instruction !== undefined && instruction.trim() !== "") {
    // What comes of it the server tells the user itself.
    await ordered(connection, (there) =>
      there.order("emberline/refactor", {
        uri: there.toServer.asUri(document.uri),
        range: there.toServer.asRange(selection),
        instruction: instruction.trim(),
        preview: true,
      }),
    );
  }
}

/** A question of the server's; null where the user does not want to answer. */
export async function answer(
  { prompt, default: value, choices }: Question,
  token: vscode.CancellationToken,
): Promise<string | null> {
  if (choices.length === 0) {
    return (await vscode.window.showInputBox({ prompt, value, ignoreFocusOut: true }, token)) ?? null;
  }
  return chosen(prompt, value === "" ? choices : [value, ...choices.filter((choice) => choice !== value)], token);
}

/** One of the choices, or what the user types instead. */
function chosen(
  placeholder: string,
  choices: readonly string[],
  token: vscode.CancellationToken,
): Promise<string | null> {
  const pick = vscode.window.createQuickPick();
  pick.placeholder = `${placeholder} (choose, or type another)`;
  pick.ignoreFocusOut = true;
  pick.items = choices.map((label) => ({ label }));
  return new Promise((resolve) => {
    pick.onDidChangeValue((typed) => {
      const own = typed.trim();
      const labels = own === "" || choices.includes(own) ? choices : [own, ...choices];
      pick.items = labels.map((label) => ({ label }));
    });
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.label ?? null);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(null);
      pick.dispose();
    });
    token.onCancellationRequested(() => {
      pick.hide();
    });
    pick.show();
  });
}
