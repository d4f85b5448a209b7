/** What the user orders of the server, and reads where nothing comes of it. */

import * as vscode from "vscode";
import { LSPErrorCodes, ResponseError } from "vscode-languageclient/node";
import type { Connection } from "../server/client.js";

/** What comes of every task. */
export interface Done {
  /** Where it was computed and why. */
  readonly words: string;
}

const NONE = "Emberline: no server runs yet.";
const ENDED = "the server has ended before it was done.";

/** What `work` comes to; undefined where the user has stopped it, and where it failed, which they are told. */
export async function ordered<Result>(
  connection: Connection | undefined,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result | undefined> {
  if (connection === undefined) {
    void vscode.window.showInformationMessage(NONE);
    return undefined;
  }
  try {
    return await work(connection);
  } catch (error) {
    tellFailure(error);
    return undefined;
  }
}

/** Why nothing came of an order, unless the user has stopped it. */
export function tellFailure(error: unknown): void {
  const words = reason(error);
  if (words !== undefined) {
    void vscode.window.showWarningMessage(`Emberline: ${words}`);
  }
}

/** In words for the user; undefined where they know. */
function reason(error: unknown): string | undefined {
  if (!(error instanceof ResponseError)) {
    return ENDED;
  }
  if (error.code === LSPErrorCodes.RequestCancelled || error.code === LSPErrorCodes.ServerCancelled) {
    return undefined;
  }
  // Above these are the codes of a connection that is gone.
  return error.code >= -32_099 && error.code <= -32_096 ? ENDED : error.message;
}
