/** Texts to read, in editors that cannot be changed: what a route was, what a file would become. */

import * as vscode from "vscode";

const SCHEME = "emberline";

export class Texts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changes.event;
  readonly #registered = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? "";
  }

  /** Beside the code, which keeps the cursor's place. */
  async show(title: string, text: string): Promise<void> {
    const document = await vscode.workspace.openTextDocument(this.put(`/${title.replaceAll("/", " ")}.txt`, text));
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  }

  dispose(): void {
    this.#registered.dispose();
    this.#changes.dispose();
  }

  /** The address of a text; `path`, from a slash on, is what it is called and highlighted by. */
  put(path: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path });
    this.#texts.set(uri.path, text);
    this.#changes.fire(uri);
    return uri;
  }
}
