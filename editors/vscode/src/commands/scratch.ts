/** A file to see the first suggestion in. */

import * as vscode from "vscode";

const BEGUN = `"""A scratch file: type on, and accept what you like with Tab."""

import math


def rectangle_area(width: float, height: float) -> float:
    """The area of a rectangle."""
    return width * height


def circle_area(radius: float) -> float:
    """The area of a circle."""
    return `;

export async function openScratch(): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: "python", content: BEGUN });
  const editor = await vscode.window.showTextDocument(document);
  const end = document.positionAt(BEGUN.length);
  editor.selection = new vscode.Selection(end, end);
  await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
}
