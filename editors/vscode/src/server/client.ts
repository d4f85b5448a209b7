/** One connection to one server: the language client with what Emberline adds to it. */

import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  ExecuteCommandRequest,
  InlineCompletionRequest,
  LanguageClient,
  RevealOutputChannelOn,
  State as ClientState,
  WorkDoneProgress,
  type ApplyWorkspaceEditResult,
  type LanguageClientOptions,
  type ServerOptions,
} from "vscode-languageclient/node";
import { SELECTOR, type GhostWatch } from "../ghost/watch.js";
import type { Preview } from "../refactor/preview.js";
import type { ServerStatus } from "../status/state.js";
import type { Sent } from "../settings.js";
import { deferred } from "../deferred.js";
import { Progress } from "./progress.js";

/** What a server of ours is told at its start and asked later. */
export interface Report {
  readonly version: string;
  readonly kind: ServerStatus["kind"];
  readonly busy: boolean;
  readonly message: string;
  readonly stats: {
    readonly engine?: string;
    readonly privacy?: { readonly mode: string; readonly from: string };
  };
}

export interface Question {
  readonly prompt: string;
  readonly default: string;
  readonly choices: readonly string[];
}

export interface Ears {
  readonly status: (status: ServerStatus) => void;
  readonly show: (title: string, markdown: string) => void;
  readonly answer: (question: Question, token: vscode.CancellationToken) => Promise<string | null>;
  /** Something that was ordered came to nothing. */
  readonly failed: (error: unknown) => void;
  /** It is gone, and nobody here has stopped it. */
  readonly ended: () => void;
}

export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the settings say at the moment. */
  readonly section: () => Sent;
}

const NEVER = new vscode.CancellationTokenSource().token;
const REFACTOR = "emberline.refactor";
const STOP_MS = 5000;

export class Connection {
  readonly #client: LanguageClient;
  readonly #start: Start;
  /** What the server knows of the settings. */
  #section = "";
  #isWanted = true;
  #orders = 0;

  constructor(start: Start, log: vscode.LogOutputChannel, ghost: GhostWatch, preview: Preview, ears: Ears) {
    this.#start = start;
    const { command, args, cwd, env } = start;
    const executable: ServerOptions = { command, args: [...args, "serve"], options: { cwd, env } };
    const ended = (): void => {
      if (this.#isWanted) {
        this.#isWanted = false;
        ears.ended();
      }
    };
    const options: LanguageClientOptions = {
      documentSelector: SELECTOR,
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => ({ emberline: { refresh: true, dialogs: true, ...this.#told(start.section()) } }),
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
      initializationFailedHandler: () => false,
      middleware: {
        provideInlineCompletionItems: (document, position, context, token, next) =>
          ghost.provide(document, position, context, token, next),
        // Chosen in the menu of code actions: the same notification as for what is ordered in words.
        executeCommand: (command, args, next) =>
          command === REFACTOR
            ? this.order<unknown>(ExecuteCommandRequest.method, { command, arguments: args }).catch(ears.failed)
            : (next(command, args) as unknown),
        workspace: {
          handleApplyEdit: (params, next) =>
            preview.apply(params, async (edit) => (await next(edit, NEVER)) as ApplyWorkspaceEditResult),
        },
      },
    };
    this.#client = new LanguageClient("emberline", "Emberline", executable, options);
    this.#client.onDidChangeState(({ newState }) => {
      if (newState === ClientState.Stopped || newState === ClientState.StartFailed) {
        ended();
      }
    });
    this.#client.onNotification("didChangeStatus", ears.status);
    this.#client.onNotification("emberline/refreshInlineCompletion", ({ uri }: { uri: string }) =>
      ghost.refresh(this.#client.protocol2CodeConverter.asUri(uri)),
    );
    this.#client.onNotification("emberline/show", ({ title, markdown }: { title: string; markdown: string }) => {
      ears.show(title, markdown);
    });
    this.#client.onRequest("emberline/input", async (question: Question, token: vscode.CancellationToken) => ({
      answer: await ears.answer(question, token),
    }));
  }

  /** What the server does by a name of its own: the part behind `emberline.`, or `emberline/`. */
  get offers(): ReadonlySet<string> {
    const commands = this.#client.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
    return new Set(commands.map((command) => command.replace(/^emberline\./, "")));
  }

  /** Places and files in the server's form, and back. */
  get toServer(): Pick<LanguageClient["code2ProtocolConverter"], "asUri" | "asRange"> {
    return this.#client.code2ProtocolConverter;
  }

  get fromServer(): Pick<LanguageClient["protocol2CodeConverter"], "asUri"> {
    return this.#client.protocol2CodeConverter;
  }

  /** Rejects where the server cannot be started. */
  async start(): Promise<void> {
    const { section } = this.#start;
    await this.#client.start();
    // A folder may have become trusted meanwhile.
    if (JSON.stringify(section()) !== this.#section) {
      await this.configure(section());
    }
  }

  /** Ends the server, and kills it when it does not; nothing of it is left afterwards. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    try {
      await this.#client.stop(STOP_MS);
    } catch {
      // It had ended before, or never begun.
    }
  }

  #told(section: Sent): Sent {
    this.#section = JSON.stringify(section);
    return section;
  }

  report(): Promise<Report> {
    return this.#client.sendRequest("emberline/status", null);
  }

  /** As VS Code does when the user types. */
  suggest(
    ...[document, position, context, token]: Parameters<vscode.InlineCompletionItemProvider["provideInlineCompletionItems"]>
  ): ReturnType<vscode.InlineCompletionItemProvider["provideInlineCompletionItems"]> {
    const provider = this.#client.getFeature(InlineCompletionRequest.method)?.getProvider(document);
    return provider?.provideInlineCompletionItems(document, position, context, token);
  }

  pause(isPaused: boolean): Promise<unknown> {
    return this.#client.sendRequest(isPaused ? "emberline/pause" : "emberline/resume", null);
  }

  explain(uri: vscode.Uri | undefined): Promise<{ readonly text: string }> {
    const params = uri === undefined ? {} : { uri: this.#client.code2ProtocolConverter.asUri(uri) };
    return this.#client.sendRequest("emberline/explainRoute", params);
  }

  configure(section: Sent): Promise<void> {
    this.#told(section);
    return this.#client.sendNotification("workspace/didChangeConfiguration", { settings: { emberline: section } });
  }

  shown(item: vscode.InlineCompletionItem): Promise<void> {
    return this.#client.sendNotification("textDocument/didShowCompletion", { item: wire(item) });
  }

  partlyAccepted(item: vscode.InlineCompletionItem, acceptedLength: number): Promise<void> {
    const params = { item: wire(item), acceptedLength };
    return this.#client.sendNotification("textDocument/didPartiallyAcceptCompletion", params);
  }

  /**
   * Has the server do what takes a while, with its progress in a notification. Rejects with the server's words where
   * it refuses, and with `LSPErrorCodes.RequestCancelled` where the user stops it.
   */
  async order<Result>(method: string, params: object): Promise<Result> {
    const workDoneToken = `emberline/order/${(this.#orders += 1)}`;
    const stopping = new vscode.CancellationTokenSource();
    const { promise: over, resolve: end } = deferred<undefined>();
    const progress = new Progress(over, () => {
      stopping.cancel();
    });
    const listening = this.#client.onProgress(WorkDoneProgress.type, workDoneToken, (told) => {
      progress.hear(told);
    });
    try {
      return await this.#client.sendRequest(method, { ...params, workDoneToken }, stopping.token);
    } finally {
      end(undefined);
      listening.dispose();
      stopping.dispose();
    }
  }
}

/** As much of an item as the server needs to know it again. */
function wire({ insertText, command }: vscode.InlineCompletionItem): object {
  return { insertText: typeof insertText === "string" ? insertText : insertText.value, command };
}
