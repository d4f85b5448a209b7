/** The composition root: what the extension is made of, and its commands. */

import * as vscode from "vscode";
import { writeCommitMessage } from "./commands/commit.js";
import { currentFolder } from "./commands/folder.js";
import { openMenu } from "./commands/menu.js";
import { chooseModel, downloadModel } from "./commands/models.js";
import { tellFailure } from "./commands/orders.js";
import { setPrivacy } from "./commands/privacy.js";
import { answer, refactorSelection } from "./commands/refactor.js";
import { openReport } from "./commands/report.js";
import { openScratch } from "./commands/scratch.js";
import { Server } from "./commands/server.js";
import { askWorkspace, summarizeDocument, summarizeLog, summarizeSelection } from "./commands/tasks.js";
import type { Report } from "./server/client.js";
import { GhostWatch } from "./ghost/watch.js";
import { Pages } from "./pages/pages.js";
import { Preview } from "./refactor/preview.js";
import { Supervisor } from "./server/supervisor.js";
import { section, type Reader, type Sent } from "./settings.js";
import { setContext, StatusBar } from "./status/bar.js";
import type { Answer } from "./status/state.js";
import { Texts } from "./texts.js";

const NOTHING: ReadonlySet<string> = new Set();
const WELCOMED = "emberline.welcomed";

let supervisor: Supervisor | undefined;

/** What other extensions, and tests, can ask of this one. */
export interface Api {
  /** What the server says of itself; undefined while none runs. */
  readonly report: () => Promise<Report | undefined> | undefined;
  /** The last answer that had a suggestion. */
  readonly answer: () => Answer | undefined;
}

export function activate(context: vscode.ExtensionContext): Api {
  const log = vscode.window.createOutputChannel("Emberline", { log: true });
  const bar = new StatusBar();
  const texts = new Texts();
  const pages = new Pages(context.extensionUri);
  const preview = new Preview(texts);
  const server = new Server(context, log);
  const ghost: GhostWatch = new GhostWatch({
    shown: (item) => {
      setContext("shown", true);
      running.tell((connection) => connection.shown(item));
    },
    partlyAccepted: (item, length) => {
      running.tell((connection) => connection.partlyAccepted(item, length));
    },
    answered: (last) => {
      bar.set({ answer: last });
    },
    ask: (document, position, asked, token) => running.connection?.suggest(document, position, asked, token),
  });
  const show = (title: string, markdown: string): void => {
    pages.show({ title, markdown, places: [], words: "" });
  };
  const ears = { show, answer, failed: tellFailure };
  const running: Supervisor = new Supervisor(() => server.start(currentSection), log, ghost, bar, preview, ears);
  supervisor = running;
  context.subscriptions.push(log, bar, texts, pages, ghost);

  const cwd = (): string | undefined => currentFolder()?.uri.fsPath;
  const switchAll = (isOn: boolean): Thenable<void> =>
    vscode.workspace
      .getConfiguration("emberline")
      .update("enable", isOn ? undefined : false, vscode.ConfigurationTarget.Global);

  const commands: Readonly<Record<string, (asked?: unknown) => unknown>> = {
    menu: () => openMenu(bar.state, running.connection?.offers ?? NOTHING),
    privacy: () => setPrivacy(server, bar.state.privacy?.mode),
    pause: () => {
      running.tell((connection) => connection.pause(true));
    },
    resume: () => {
      running.tell((connection) => connection.pause(false));
    },
    pauseEverywhere: () => switchAll(false),
    resumeEverywhere: () => switchAll(true),
    chooseModel: () => chooseModel(server),
    downloadModel: async () => {
      if (await downloadModel(server)) {
        await running.restart();
      }
    },
    explain: async () => {
      const told = await running.connection?.explain(vscode.window.activeTextEditor?.document.uri);
      await texts.show("The last route", told?.text ?? "No server runs.");
    },
    openReport: () => openReport(running.connection, pages),
    writeCommitMessage: (asked) => writeCommitMessage(running.connection, asked),
    askWorkspace: () => askWorkspace(running.connection, pages),
    summarizeDocument: (asked) => summarizeDocument(running.connection, pages, asked),
    summarizeSelection: () => summarizeSelection(running.connection, pages),
    summarizeThisLog: (asked) => summarizeLog(running.connection, pages, asked),
    doctor: () => server.terminal(["doctor"], cwd()),
    log: () => {
      log.show();
    },
    restart: () => running.restart(),
    install: async () => {
      if (await server.install()) {
        await running.restart();
      }
    },
    scratch: openScratch,
    refactorSelection: () => refactorSelection(running.connection),
    applyPreview: () => {
      preview.decide(true);
    },
    discardPreview: () => {
      preview.decide(false);
    },
    hide: () => ghost.hide(),
    settings: () => vscode.commands.executeCommand("workbench.action.openSettings", "@ext:emberline.emberline"),
  };
  for (const [name, act] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(`emberline.${name}`, act));
  }

  const trust = (): void => {
    bar.set({ isTrusted: vscode.workspace.isTrusted });
    running.tell((connection) => connection.configure(currentSection()));
  };
  let how = howToStart();
  bar.set({ isTrusted: vscode.workspace.isTrusted });
  context.subscriptions.push(
    vscode.workspace.onDidGrantWorkspaceTrust(trust),
    // The server takes the folders at its start.
    vscode.workspace.onDidChangeWorkspaceFolders(() => running.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration("emberline")) {
        return;
      }
      // VS Code calls them affected also where a workspace has set them, though it does not let it.
      if (how !== (how = howToStart())) {
        void running.restart();
      } else {
        running.tell((connection) => connection.configure(currentSection()));
      }
    }),
  );

  void (async () => {
    await running.restart();
    await welcome(context, server, bar);
  })();
  return {
    report: () => running.connection?.report().catch(() => undefined),
    answer: () => bar.state.answer,
  };
}

export async function deactivate(): Promise<void> {
  await supervisor?.end();
}

/** What the server's process depends on. */
function howToStart(): string {
  const settings = vscode.workspace.getConfiguration("emberline");
  return JSON.stringify([settings.get("command"), settings.get("environment")]);
}

/** What VS Code's settings say now, in the server's words. */
function currentSection(): Sent {
  const all = vscode.workspace.getConfiguration("emberline");
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }): Reader => {
    const one = vscode.workspace.getConfiguration("emberline", uri);
    return (name) => one.inspect(name)?.workspaceFolderValue;
  });
  const workspace: Reader = (name) => all.inspect(name)?.workspaceValue;
  return section((name) => all.inspect(name)?.globalValue, [workspace, ...folders], vscode.workspace.isTrusted);
}

/** Once, on the first start: the walkthrough; where the server is missing, the way to it. */
async function welcome(context: vscode.ExtensionContext, server: Server, bar: StatusBar): Promise<void> {
  if (context.globalState.get(WELCOMED) === true) {
    return;
  }
  await context.globalState.update(WELCOMED, true);
  if (bar.state.server.kind === "absent") {
    void server.offer();
  }
  void vscode.commands.executeCommand("workbench.action.openWalkthrough", "emberline.emberline#start", false);
}
