/** The report of the server's ledger, as a page. */

import * as vscode from "vscode";
import type { Pages } from "../pages/pages.js";
import type { Connection } from "../server/client.js";
import { ordered } from "./orders.js";

const TITLE = "Emberline report";

export async function openReport(connection: Connection | undefined, pages: Pages): Promise<void> {
  const report = await ordered(connection, (there) => there.order<{ html: string; text: string }>("emberline/report", {}));
  if (report === undefined) {
    return;
  }
  if (report.html === "") {
    void vscode.window.showWarningMessage(`Emberline: ${report.text}`);
  } else {
    pages.showWhole(TITLE, report.html);
  }
}
