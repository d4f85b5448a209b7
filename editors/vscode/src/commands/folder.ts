/** Which of the opened folders is meant. */

import * as vscode from "vscode";

/** The folder of the file in front of the user, or the only one; else the user is asked. */
export async function chooseFolder(placeHolder: string): Promise<vscode.WorkspaceFolder | undefined> {
  const here = currentFolder();
  return here ?? vscode.window.showWorkspaceFolderPick({ placeHolder });
}

/** As `chooseFolder`, without a question. */
export function currentFolder(): vscode.WorkspaceFolder | undefined {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const uri = vscode.window.activeTextEditor?.document.uri;
  const around = uri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(uri);
  return around ?? (folders.length === 1 ? folders[0] : undefined);
}
