/** The privacy mode of an opened folder, written into the user's own configuration file by the server's program. */

import * as vscode from "vscode";
import { privacyIcon } from "../status/words.js";
import { chooseFolder } from "./folder.js";
import type { Server } from "./server.js";

const MODES = [
  { mode: "strict", detail: "Nothing leaves this machine" },
  { mode: "trusted", detail: "Also your own hosts, those that the configuration lists" },
  { mode: "open", detail: "Also the cloud, for what local models do badly" },
] as const;

export async function setPrivacy(server: Server, now: string | undefined): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    const manage = "Manage Trust";
    const message = "This folder is not trusted, so everything stays on this machine: its privacy is strict.";
    if ((await vscode.window.showInformationMessage(message, manage)) === manage) {
      await vscode.commands.executeCommand("workbench.trust.manage");
    }
    return;
  }
  const folder = await chooseFolder("The folder whose privacy mode is set");
  if (folder === undefined) {
    void vscode.window.showInformationMessage("Emberline: open a folder first; its privacy mode is what is set.");
    return;
  }
  const items = MODES.map(({ mode, detail }) => ({
    label: `$(${privacyIcon(mode)}) ${mode}`,
    description: mode === now ? "now" : "",
    detail,
    mode,
  }));
  const title = `How far may the code in ${folder.name} go?`;
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: title });
  if (chosen === undefined) {
    return;
  }
  const ended = await server.run(["privacy", "set", chosen.mode], { cwd: folder.uri.fsPath });
  if (ended === undefined) {
    return;
  }
  const words = (ended.out.trim() || ended.err.trim()).split("\n").filter((line) => line !== "");
  if (ended.status === 0) {
    void vscode.window.showInformationMessage(`Emberline: ${words[0] ?? `privacy is ${chosen.mode}`}`);
  } else {
    void vscode.window.showErrorMessage(`Emberline: ${words.join(" ")}`);
  }
}
