/** What a workspace edit makes of each file. Pure. */

import { TextDocument } from "vscode-languageserver-textdocument";
import type { AnnotatedTextEdit, SnippetTextEdit, TextEdit, WorkspaceEdit } from "vscode-languageserver-protocol";

/** One file before and after; undefined where there is none. */
export interface Changed {
  readonly before: { readonly uri: string; readonly text: string } | undefined;
  readonly after: { readonly uri: string; readonly text: string } | undefined;
}

/** Whether the server wants the user to look at it first. */
export function isToBeConfirmed({ changeAnnotations }: WorkspaceEdit): boolean {
  return Object.values(changeAnnotations ?? {}).some(({ needsConfirmation }) => needsConfirmation === true);
}

/** The same edit for a user who has looked at it. */
export function confirmed(edit: WorkspaceEdit): WorkspaceEdit {
  const annotations = Object.entries(edit.changeAnnotations ?? {});
  const seen = annotations.map(([id, annotation]) => [id, { ...annotation, needsConfirmation: false }] as const);
  return { ...edit, changeAnnotations: Object.fromEntries(seen) };
}

/** The files in the order in which the edit comes to them. `read` gives a file's present text. */
export async function changed(edit: WorkspaceEdit, read: (uri: string) => Promise<string>): Promise<Changed[]> {
  interface File {
    before: Changed["before"];
    after: Changed["after"];
  }
  const files: File[] = [];
  const at = async (uri: string): Promise<File> => {
    const known = files.find(({ after }) => after?.uri === uri);
    if (known !== undefined) {
      return known;
    }
    const there = { uri, text: await read(uri) };
    const file: File = { before: there, after: there };
    files.push(file);
    return file;
  };
  for (const change of edit.documentChanges ?? []) {
    if (!("kind" in change)) {
      const file = await at(change.textDocument.uri);
      if (file.after !== undefined) {
        file.after = { ...file.after, text: applied(file.after.text, change.edits) };
      }
    } else if (change.kind === "create") {
      files.push({ before: undefined, after: { uri: change.uri, text: "" } });
    } else if (change.kind === "rename") {
      const file = await at(change.oldUri);
      file.after = { uri: change.newUri, text: file.after?.text ?? "" };
    } else {
      (await at(change.uri)).after = undefined;
    }
  }
  return files;
}

function applied(text: string, edits: readonly (TextEdit | AnnotatedTextEdit | SnippetTextEdit)[]): string {
  const plain = edits.filter((edit): edit is TextEdit => "newText" in edit);
  return TextDocument.applyEdits(TextDocument.create("", "", 0, text), plain);
}
