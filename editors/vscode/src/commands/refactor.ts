/** Refactorings in the user's own words, and what the server asks on the way. */

import * as vscode from "vscode";
import type { Connection, Question } from "../server/client.js";

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
    await connection.refactor(document, selection, instruction.trim());
  }
}

/** A question of the server's; null where the user does not want to answer. */
export async function answer(
  { prompt, default: value, choices }: Question,
  token: vscode.CancellationToken,
): Promise<string | null> {
  if (choices.length > 0) {
    const items = [...choices].sort((one, other) => Number(other === value) - Number(one === value));
    return (await vscode.window.showQuickPick(items, { placeHolder: prompt, ignoreFocusOut: true }, token)) ?? null;
  }
  return (await vscode.window.showInputBox({ prompt, value, ignoreFocusOut: true }, token)) ?? null;
}
