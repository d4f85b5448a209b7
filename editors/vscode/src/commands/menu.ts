/** The menu behind the status bar's item. */

import * as vscode from "vscode";
import type { State } from "../status/state.js";
import { privacyIcon, privacyMeans, view } from "../status/words.js";

interface Entry extends vscode.QuickPickItem {
  readonly command?: string;
}

export async function openMenu(state: State, offers: ReadonlySet<string>): Promise<void> {
  const chosen = await vscode.window.showQuickPick(entries(state, offers), {
    title: view(state).tooltip[0] ?? "Emberline",
    placeHolder: placeHolder(state),
    matchOnDescription: true,
  });
  if (chosen?.command !== undefined) {
    await vscode.commands.executeCommand(chosen.command);
  }
}

function placeHolder(state: State): string {
  const { server, model } = state;
  const message = server.kind === "running" ? server.status.message : "";
  return [...new Set([message, model ?? ""])].filter((words) => words !== "").join("; ") || "Choose what to do";
}

function entries(state: State, offers: ReadonlySet<string>): Entry[] {
  const { privacy, isPaused, server } = state;
  const isOn = vscode.workspace.getConfiguration("emberline").get<boolean>("enable", true);
  const mode = privacy?.mode ?? "strict";
  const means = privacy === undefined ? "" : `${mode}: ${privacyMeans(mode)}`;
  if (server.kind === "absent") {
    return [entry("cloud-download", "Install the server", "emberline.install"), ...upkeep(offers)];
  }
  return [
    entry(privacyIcon(mode), "Set privacy mode for this workspace…", "emberline.privacy", means),
    isPaused
      ? entry("play", "Resume in this window", "emberline.resume")
      : entry("debug-pause", "Pause in this window", "emberline.pause"),
    isOn
      ? entry("circle-slash", "Switch off in all windows", "emberline.pauseEverywhere")
      : entry("circle-large-filled", "Switch on in all windows", "emberline.resumeEverywhere"),
    entry("package", "Choose model…", "emberline.chooseModel", state.model ?? ""),
    entry("milestone", "Explain the last route", "emberline.explain", "why it went where it went"),
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    ...upkeep(offers),
  ];
}

function upkeep(offers: ReadonlySet<string>): Entry[] {
  return [
    ...(offers.has("report") ? [entry("graph", "Open the report", "emberline.openReport", "what ran where, spent and spared")] : []),
    entry("pulse", "Check the set-up (doctor)", "emberline.doctor"),
    entry("output", "Show the log", "emberline.log"),
    entry("debug-restart", "Restart the server", "emberline.restart"),
    entry("settings-gear", "Settings", "emberline.settings"),
  ];
}

function entry(icon: string, label: string, command: string, description = ""): Entry {
  return { label: `$(${icon}) ${label}`, description, command };
}
