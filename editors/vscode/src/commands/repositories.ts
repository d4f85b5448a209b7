/** The repositories that VS Code's own Git extension knows, as far as this extension needs them. */

import * as vscode from "vscode";

/** What `vscode.git` exports, in part. */
interface Git {
  readonly enabled: boolean;
  getAPI(version: 1): {
    readonly repositories: readonly Repository[];
    getRepository(uri: vscode.Uri): Repository | null;
  };
}

export interface Repository {
  readonly rootUri: vscode.Uri;
  /** Where the user writes a commit's message. */
  readonly inputBox: { value: string };
  readonly ui: { readonly selected: boolean };
}

/**
 * The one whose title bar was clicked (`asked` is a `SourceControl` then), or that of the file in front of the user;
 * else the only one, or the one that the user picks. Undefined where there is none, which they are told.
 */
export async function chooseRepository(asked: unknown): Promise<Repository | undefined> {
  const git = vscode.extensions.getExtension<Git>("vscode.git");
  const exported = git === undefined ? undefined : await git.activate();
  if (exported?.enabled !== true) {
    void vscode.window.showInformationMessage("Emberline: VS Code's own Git support is off, so there is no box for a message.");
    return undefined;
  }
  const api = exported.getAPI(1);
  const root = rootOf(asked);
  const here = vscode.window.activeTextEditor?.document.uri;
  const clear =
    (root && api.getRepository(root)) ??
    (api.repositories.length === 1 ? api.repositories[0] : undefined) ??
    (here && api.getRepository(here));
  if (clear != null) {
    return clear;
  }
  if (api.repositories.length === 0) {
    void vscode.window.showInformationMessage("Emberline: no Git repository is open.");
    return undefined;
  }
  const items = api.repositories.map((repository) => ({
    label: vscode.workspace.asRelativePath(repository.rootUri),
    description: repository.ui.selected ? "selected" : "",
    repository,
  }));
  return (await vscode.window.showQuickPick(items, { title: "The repository that is committed to" }))?.repository;
}

function rootOf(asked: unknown): vscode.Uri | undefined {
  const isControl = typeof asked === "object" && asked !== null && "rootUri" in asked;
  return isControl && asked.rootUri instanceof vscode.Uri ? asked.rootUri : undefined;
}
