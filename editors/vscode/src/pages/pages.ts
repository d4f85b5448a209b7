/**
 * Pages to read beside the code: answers, summaries, the report.
 *
 * Not VS Code's own preview of Markdown: that fetches pictures from anywhere, and a model's text could name one.
 */

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { guarded, page, type Content } from "./page.js";

/** A place in a file that a page leads to. */
export interface Target {
  readonly number: number;
  readonly uri: vscode.Uri;
  readonly range: vscode.Range;
}

const KIND = "emberline.page";
const OPEN = "emberline.openPlace";

interface Open {
  readonly panel: vscode.WebviewPanel;
  targets: readonly Target[];
}

export class Pages implements vscode.Disposable {
  readonly #icon: vscode.Uri;
  /** By their titles: the same one again takes the place of the old. */
  readonly #pages = new Map<string, Open>();
  readonly #registered = vscode.commands.registerCommand(OPEN, (title: unknown, number: unknown) => this.#go(title, number));

  constructor(extension: vscode.Uri) {
    this.#icon = vscode.Uri.joinPath(extension, "media", "icon.svg");
  }

  dispose(): void {
    this.#registered.dispose();
    for (const { panel } of this.#pages.values()) {
      panel.dispose();
    }
  }

  /** A text with the places that it names. */
  show(content: Content, targets: readonly Target[] = []): void {
    const { title } = content;
    const link = (number: number): string => `command:${OPEN}?${encodeURIComponent(JSON.stringify([title, number]))}`;
    this.#put(title, page(content, link, randomBytes(16).toString("base64")), targets);
  }

  /** A page that the server has made as a whole. */
  showWhole(title: string, html: string): void {
    this.#put(title, guarded(html), []);
  }

  #put(title: string, html: string, targets: readonly Target[]): void {
    const known = this.#pages.get(title);
    const open = known ?? this.#made(title);
    open.targets = targets;
    open.panel.webview.html = html;
    known?.panel.reveal(undefined, true);
  }

  #made(title: string): Open {
    const column = vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
    const panel = vscode.window.createWebviewPanel(
      KIND,
      title,
      { viewColumn: column, preserveFocus: true },
      { enableScripts: false, enableForms: false, enableCommandUris: [OPEN], localResourceRoots: [], enableFindWidget: true },
    );
    panel.iconPath = this.#icon;
    const open: Open = { panel, targets: [] };
    this.#pages.set(title, open);
    panel.onDidDispose(() => {
      this.#pages.delete(title);
    });
    return open;
  }

  /** A link is only a page's and a number: whatever a model writes, it leads to no other file. */
  async #go(title: unknown, number: unknown): Promise<void> {
    const open = typeof title === "string" ? this.#pages.get(title) : undefined;
    const target = open?.targets.find((each) => each.number === number);
    if (open === undefined || target === undefined) {
      return;
    }
    const { panel } = open;
    const viewColumn = panel.viewColumn === vscode.ViewColumn.One ? vscode.ViewColumn.Beside : vscode.ViewColumn.One;
    try {
      await vscode.window.showTextDocument(target.uri, { viewColumn, selection: target.range });
    } catch {
      const name = vscode.workspace.asRelativePath(target.uri);
      void vscode.window.showWarningMessage(`Emberline: ${name} cannot be opened any more.`);
    }
  }
}
