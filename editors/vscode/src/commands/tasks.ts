/** Everyday tasks that end in a page to read: questions and summaries. */

import * as vscode from "vscode";
import type { Range } from "vscode-languageclient/node";
import type { Pages, Target } from "../pages/pages.js";
import type { Connection } from "../server/client.js";
import { ordered, type Done } from "./orders.js";

interface Answer extends Done {
  readonly markdown: string;
  readonly citations: readonly Citation[];
}

interface Citation {
  readonly number: number;
  readonly uri: string;
  readonly range: Range;
  readonly excerpt?: string;
  readonly cited: boolean;
}

interface Summary extends Done {
  readonly markdown: string;
}

const LONGEST_TITLE = 60;
/** What the server knows of documents besides files. */
const SERVED = ["file", "untitled"];
const LOG = /\.log([.-]\d+)*(\.(gz|bz2|xz))?$/i;

/** A question about what lies in the opened folders, answered on a page whose marks lead to the places. */
export async function askWorkspace(connection: Connection | undefined, pages: Pages): Promise<void> {
  const question = (
    await vscode.window.showInputBox({
      title: "Ask About the Workspace",
      prompt: "Answered from the files of the opened folders, with the places.",
      placeHolder: "for example: where is the retry limit read?",
    })
  )?.trim();
  if (question === undefined || question === "") {
    return;
  }
  const answer = await ordered(connection, (there) => there.order<Answer>("emberline/ask", { question }));
  if (answer === undefined || connection === undefined) {
    return;
  }
  const places = answer.citations.map(({ number, uri, range, excerpt, cited }) => {
    const target: Target = {
      number,
      uri: connection.fromServer.asUri(uri),
      range: new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character),
    };
    const name = `${vscode.workspace.asRelativePath(target.uri)}:${range.start.line + 1}`;
    return { target, place: { number, name, excerpt: excerpt ?? "", isCited: cited } };
  });
  pages.show(
    { title: shortened(question), markdown: answer.markdown, places: places.map(({ place }) => place), words: answer.words },
    places.map(({ target }) => target),
  );
}

export async function summarizeDocument(connection: Connection | undefined, pages: Pages, asked: unknown): Promise<void> {
  const uri = meant(asked);
  if (uri !== undefined) {
    await summarize(connection, pages, uri, LOG.test(uri.path) ? "emberline/summarizeLog" : "emberline/summarize");
  }
}

export async function summarizeLog(connection: Connection | undefined, pages: Pages, asked: unknown): Promise<void> {
  const uri = meant(asked);
  if (uri !== undefined) {
    await summarize(connection, pages, uri, "emberline/summarizeLog");
  }
}

export async function summarizeSelection(connection: Connection | undefined, pages: Pages): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.selection.isEmpty) {
    void vscode.window.showInformationMessage("Emberline: select what is to be summarized.");
    return;
  }
  await summarize(connection, pages, editor.document.uri, "emberline/summarize", editor.selection);
}

async function summarize(
  connection: Connection | undefined,
  pages: Pages,
  uri: vscode.Uri,
  method: string,
  range?: vscode.Range,
): Promise<void> {
  const summary = await ordered(connection, (there) =>
    there.order<Summary>(method, {
      uri: there.toServer.asUri(uri),
      ...(range && { range: there.toServer.asRange(range) }),
    }),
  );
  if (summary !== undefined) {
    const { markdown, words } = summary;
    const name = uri.path.split("/").at(-1) ?? "";
    pages.show({ title: `Summary of ${name}${range === undefined ? "" : `, ${inLines(range)}`}`, markdown, places: [], words });
  }
}

/** "line 3", "lines 3 to 5"; whoever selects whole lines ends at the beginning of the next one. */
function inLines({ start, end }: vscode.Range): string {
  const last = end.character === 0 && end.line > start.line ? end.line : end.line + 1;
  return last === start.line + 1 ? `line ${last}` : `lines ${start.line + 1} to ${last}`;
}

/** The file that a menu stands at, or the one in front of the user. */
function meant(asked: unknown): vscode.Uri | undefined {
  const uri = asked instanceof vscode.Uri ? asked : vscode.window.activeTextEditor?.document.uri;
  if (uri === undefined || !SERVED.includes(uri.scheme)) {
    void vscode.window.showInformationMessage("Emberline: open the file that is to be summarized.");
    return undefined;
  }
  return uri;
}

function shortened(question: string): string {
  return question.length <= LONGEST_TITLE ? question : `${question.slice(0, LONGEST_TITLE - 1)}…`;
}
