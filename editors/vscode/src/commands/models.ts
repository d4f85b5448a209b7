/** The embedded engine's model: chosen, and fetched. */

import * as vscode from "vscode";
import type { Server } from "./server.js";
import { fetched, inMegabytes, type Model } from "./catalogue.js";

/** Lets the user choose; the choice stands in the user's settings, and a model that is missing is fetched. */
export async function chooseModel(server: Server): Promise<void> {
  const models = await list(server);
  if (models === undefined) {
    return;
  }
  const items = models.map((model) => ({
    label: model.name,
    description: [inMegabytes(model), ...(model.in_use ? ["in use"] : [])].join(", "),
    detail: model.state === "ready" ? "Here" : model.state === "missing" ? "Not here yet: it is downloaded" : model.state,
    model,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: "The embedded engine's model",
    placeHolder: "Larger models suggest better and take longer",
  });
  if (chosen === undefined || chosen.model.name.startsWith("(")) {
    return;
  }
  if (chosen.model.state !== "ready" && !(await fetch(server, chosen.model.name))) {
    return;
  }
  const settings = vscode.workspace.getConfiguration("emberline");
  await settings.update("engine.model", chosen.model.name, vscode.ConfigurationTarget.Global);
}

/** Fetches the model in use, or tells that it is here. Whether something was fetched. */
export async function downloadModel(server: Server): Promise<boolean> {
  const models = await list(server);
  if (models === undefined) {
    return false;
  }
  const set = vscode.workspace.getConfiguration("emberline").get("engine.model", "");
  const model = models.find(({ name }) => name === set) ?? models.find(({ in_use }) => in_use);
  if (model?.state === "ready") {
    void vscode.window.showInformationMessage(`Emberline: ${model.name} is here already.`);
    return false;
  }
  return model !== undefined && fetch(server, model.name);
}

async function list(server: Server): Promise<readonly Model[] | undefined> {
  const ended = await server.run(["models", "list", "--json"]);
  if (ended === undefined) {
    return undefined;
  }
  if (ended.status !== 0) {
    void vscode.window.showErrorMessage(`Emberline: ${ended.err.trim()}`);
    return undefined;
  }
  return (JSON.parse(ended.out) as { models: Model[] }).models;
}

async function fetch(server: Server, name: string): Promise<boolean> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: `Emberline: fetching ${name}`,
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, token) => {
    const stopping = new AbortController();
    token.onCancellationRequested(() => {
      stopping.abort();
    });
    let done = 0;
    const line = (text: string): void => {
      const now = fetched(text);
      if (now !== undefined) {
        progress.report({ message: now.words, increment: Math.max(0, now.percent - done) });
        done = Math.max(done, now.percent);
      }
    };
    const ended = await server.run(["models", "pull", name], { line, signal: stopping.signal });
    if (ended === undefined || token.isCancellationRequested) {
      return false;
    }
    if (ended.status !== 0) {
      void vscode.window.showErrorMessage(`Emberline: ${ended.err.trim().split("\n").at(-1) ?? "the download failed"}`);
      return false;
    }
    return true;
  });
}
