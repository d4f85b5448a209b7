/** The server's program besides `serve`: found, installed, and its other commands run. */

import * as vscode from "vscode";
import { find, surroundings, type Program, type Surroundings } from "../server/find.js";
import { CannotInstall, install, installed } from "../server/install.js";
import type { Start } from "../server/client.js";
import { run, type Ended } from "../server/run.js";
import type { Sent } from "../settings.js";

export class Server {
  readonly #storage: vscode.Uri;
  readonly #log: vscode.LogOutputChannel;
  #told: string | undefined;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.#storage = context.globalStorageUri;
    this.#log = log;
  }

  /** How it is started now; undefined where there is none. */
  async start(section: () => Sent): Promise<Start | undefined> {
    const program = await this.program();
    if (program === undefined) {
      return undefined;
    }
    const { command, args, found } = program;
    if (this.#told !== command) {
      this.#told = command;
      this.#log.info(`server: ${[command, ...args].join(" ")} (${found})`);
    }
    await vscode.workspace.fs.createDirectory(this.#storage);
    // Not in the opened folder: Python would find modules there before its own.
    return { command, args, cwd: this.#storage.fsPath, env: this.#environment(), section };
  }

  async program(): Promise<Program | undefined> {
    const set = settings().get<string[]>("command", []);
    return find(set, await installed(this.#storage.fsPath, process.platform), this.#here());
  }

  /** Runs `emberline ARGUMENT…` to its end; undefined where there is no program, which the user hears. */
  async run(
    args: readonly string[],
    options: { cwd?: string; line?: (line: string) => void; signal?: AbortSignal } = {},
  ): Promise<Ended | undefined> {
    const program = await this.program();
    if (program === undefined) {
      await this.offer();
      return undefined;
    }
    const cwd = options.cwd ?? this.#storage.fsPath;
    await vscode.workspace.fs.createDirectory(this.#storage);
    return run(program.command, [...program.args, ...args], { ...options, cwd, env: this.#environment() });
  }

  /** Shows `emberline ARGUMENT…` in a terminal. */
  async terminal(args: readonly string[], cwd: string | undefined): Promise<void> {
    const program = await this.program();
    if (program === undefined) {
      await this.offer();
      return;
    }
    const terminal = vscode.window.createTerminal({
      name: `emberline ${args[0] ?? ""}`,
      shellPath: program.command,
      shellArgs: [...program.args, ...args],
      cwd: cwd ?? this.#storage.fsPath,
      env: { ...settings().get<Record<string, string>>("environment", {}), PYTHONSAFEPATH: "1" },
      iconPath: new vscode.ThemeIcon("flame"),
    });
    terminal.show();
  }

  /** Tells that there is no server, with the ways to one. */
  async offer(): Promise<void> {
    const yes = "Install";
    const set = "Use My Own…";
    const chosen = await vscode.window.showInformationMessage(
      "Emberline's server is not installed yet. It can be installed into a private Python environment of this extension.",
      yes,
      set,
      "Not Now",
    );
    if (chosen === yes) {
      await vscode.commands.executeCommand("emberline.install");
    } else if (chosen === set) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "emberline.command");
    }
  }

  /** Installs or updates it, with progress and cancel. Whether it is there now. */
  async install(): Promise<boolean> {
    const requirement = settings().get("installation.package", "emberline[engine]");
    const python = settings().get("installation.python", "");
    const options = { location: vscode.ProgressLocation.Notification, title: "Emberline", cancellable: true };
    try {
      const program = await vscode.window.withProgress(options, async (progress, token) => {
        const stopping = new AbortController();
        token.onCancellationRequested(() => {
          stopping.abort();
        });
        const tell = (message: string): void => {
          this.#log.info(message);
          progress.report({ message });
        };
        const here = this.#here();
        return install(this.#storage.fsPath, requirement, python, { tell, signal: stopping.signal, here });
      });
      this.#log.info(`installed: ${program}`);
      return true;
    } catch (error) {
      if (!(error instanceof CannotInstall)) {
        throw error;
      }
      this.#log.error(error.message);
      void vscode.window.showErrorMessage(`Emberline: ${error.message}`);
      return false;
    }
  }

  #here(): Surroundings {
    return surroundings(this.#environment());
  }

  #environment(): NodeJS.ProcessEnv {
    // Nothing is imported from the folder a command runs in: it may be anybody's.
    return { ...process.env, ...settings().get<Record<string, string>>("environment", {}), PYTHONSAFEPATH: "1" };
  }
}

function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration("emberline");
}
