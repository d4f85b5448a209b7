/** Ghost text beside what VS Code's own feature does: more when the server has more, and what became of it. */

import * as vscode from "vscode";
import { after, isSamePlace, type Asked, type Followed } from "./suggestion.js";
import type { Answer } from "../status/state.js";

/** What a suggestion's command tells of it. */
interface Told {
  readonly id: string;
  readonly lane: string;
  readonly elapsedMs: number;
}

export interface Hearer {
  /** It stands on the screen, as far as can be known. */
  shown(item: vscode.InlineCompletionItem): void;
  /** `length`: UTF-16 units of the item's text that were taken so far. */
  partlyAccepted(item: vscode.InlineCompletionItem, length: number): void;
  answered(answer: Answer): void;
  /** As the language client asks the server, which comes to `provide`. */
  ask: Ask;
}

type Ask = (
  document: vscode.TextDocument,
  position: vscode.Position,
  context: vscode.InlineCompletionContext,
  token: vscode.CancellationToken,
) => vscode.ProviderResult<vscode.InlineCompletionItem[] | vscode.InlineCompletionList>;

/** The documents that the server serves. */
export const SELECTOR = [{ scheme: "file" }, { scheme: "untitled" }];
/** Whom to ask: who came last. Not by hand, for that keeps what is shown and takes what is new for an alternative. */
const OF_US = { explicit: false, providerId: "emberline.emberline:*" };

export class GhostWatch implements vscode.Disposable {
  readonly #hearer: Hearer;
  readonly #listening: vscode.Disposable;
  /** The last question, and whether it is still open. */
  #asked: Asked | undefined;
  #open = 0;
  /** Where the user has hidden the suggestion: nothing comes back there by itself. */
  #hidden: Asked | undefined;
  /** The document for which there was more while a question was open. */
  #waiting: vscode.Uri | undefined;
  /**
   * VS Code puts no question twice at one place, and none at all where nobody typed, unless it is told to ask somebody
   * whom it has not asked yet. So for each refresh somebody new comes, who answers once.
   */
  #newcomer: vscode.Disposable | undefined;
  #followed: { item: vscode.InlineCompletionItem; uri: string; state: Followed } | undefined;

  constructor(hearer: Hearer) {
    this.#hearer = hearer;
    this.#listening = vscode.workspace.onDidChangeTextDocument((event) => {
      this.#changed(event);
    });
  }

  dispose(): void {
    this.#listening.dispose();
    this.#newcomer?.dispose();
  }

  /** Stands between VS Code and the server. */
  async provide(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
    next: Ask,
  ): Promise<vscode.InlineCompletionItem[] | vscode.InlineCompletionList | null | undefined> {
    const place = placeOf(document, position);
    this.#asked = place;
    this.#open += 1;
    this.#waiting = undefined;
    try {
      const result = await next(document, position, context, token);
      if (!token.isCancellationRequested) {
        this.#answered(document, place, position, itemsOf(result));
      }
      return result;
    } finally {
      this.#open -= 1;
      this.#takeUp();
    }
  }

  /** What came while questions were open. */
  #takeUp(): void {
    const waiting = this.#waiting;
    if (waiting !== undefined && this.#open === 0) {
      this.#waiting = undefined;
      void this.refresh(waiting);
    }
  }

  /** The server has more for the last question about this document. */
  async refresh(uri: vscode.Uri): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.uri.toString() !== uri.toString()) {
      return;
    }
    if (this.#open > 0) {
      this.#waiting = uri; // its answer may have been on the way already
      return;
    }
    const asked = this.#asked;
    if (asked?.version !== editor.document.version || isSamePlace(asked, this.#hidden)) {
      return;
    }
    const last = this.#newcomer;
    let isDue = true;
    const newcomer: vscode.InlineCompletionItemProvider = {
      provideInlineCompletionItems: (document, position, context, token) => {
        // Where the cursor is, VS Code knows sooner than an extension.
        const isMeant = isDue && isSamePlace(placeOf(document, position), asked);
        isDue = false;
        return isMeant ? this.#hearer.ask(document, position, context, token) : [];
      },
    };
    this.#newcomer = vscode.languages.registerInlineCompletionItemProvider(SELECTOR, newcomer);
    last?.dispose();
    await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger", OF_US);
  }

  /** The user wants it away. */
  async hide(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor !== undefined) {
      this.#hidden = placeOf(editor.document, editor.selection.active);
    }
    this.#followed = undefined;
    await vscode.commands.executeCommand("editor.action.inlineSuggest.hide");
  }

  #answered(
    document: vscode.TextDocument,
    place: Asked,
    position: vscode.Position,
    items: readonly vscode.InlineCompletionItem[],
  ): void {
    const [item] = items;
    const told = item === undefined ? undefined : toldOf(item);
    if (item === undefined || told === undefined) {
      return;
    }
    this.#hearer.answered({ lane: told.lane, milliseconds: told.elapsedMs });
    const editor = vscode.window.activeTextEditor;
    if (editor?.document !== document || !isSamePlace(place, placeOf(document, editor.selection.active))) {
      return; // the user has gone on
    }
    this.#hearer.shown(item);
    const typed = document.getText(new vscode.Range(item.range?.start ?? position, position));
    const text = typeof item.insertText === "string" ? item.insertText : item.insertText.value;
    this.#followed = text.startsWith(typed)
      ? {
          item,
          uri: place.uri,
          state: { taken: typed.length, rest: text.slice(typed.length), cursor: document.offsetAt(position) },
        }
      : undefined;
  }

  #changed(event: vscode.TextDocumentChangeEvent): void {
    const followed = this.#followed;
    if (followed?.uri !== event.document.uri.toString() || event.contentChanges.length === 0) {
      return;
    }
    const edits = event.contentChanges.map(({ rangeOffset, rangeLength, text }) => ({
      offset: rangeOffset,
      removed: rangeLength,
      text,
    }));
    const outcome = after(followed.state, edits);
    if (outcome.kind === "over") {
      this.#followed = undefined;
      return;
    }
    this.#followed = { ...followed, state: outcome.now };
    if (outcome.kind === "partly") {
      this.#hearer.partlyAccepted(followed.item, outcome.now.taken);
    }
  }
}

function placeOf(document: vscode.TextDocument, { line, character }: vscode.Position): Asked {
  return { uri: document.uri.toString(), version: document.version, line, character };
}

function itemsOf(
  result: vscode.InlineCompletionItem[] | vscode.InlineCompletionList | null | undefined,
): readonly vscode.InlineCompletionItem[] {
  return result == null ? [] : Array.isArray(result) ? result : result.items;
}

function toldOf(item: vscode.InlineCompletionItem): Told | undefined {
  const told: unknown = item.command?.arguments?.[0];
  return typeof told === "object" && told !== null && "id" in told && "lane" in told ? (told as Told) : undefined;
}
