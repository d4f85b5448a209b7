import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WorkspaceEdit } from "vscode-languageserver-protocol";
import { changed, confirmed, isToBeConfirmed } from "../src/refactor/changed.js";

const TEXTS: Readonly<Record<string, string>> = { "file:///a": "one\ntwo\n", "file:///b": "three\r\nfour" };
const read = (uri: string): Promise<string> =>
  uri in TEXTS ? Promise.resolve(TEXTS[uri] ?? "") : Promise.reject(new Error(uri));

function text(uri: string, line: number, from: number, to: number, newText: string): NonNullable<WorkspaceEdit["documentChanges"]>[number] {
  const range = { start: { line, character: from }, end: { line, character: to } };
  return { textDocument: { uri, version: null }, edits: [{ range, newText, annotationId: "x" }] };
}

const shown = async (...documentChanges: NonNullable<WorkspaceEdit["documentChanges"]>): Promise<unknown> =>
  (await changed({ documentChanges }, read)).map(({ before, after }) => [before?.uri, after?.uri, after?.text]);

describe("what an edit makes of files", () => {
  it("texts, several times, of any line ending", async () => {
    assert.deepEqual(
      await shown(text("file:///a", 0, 0, 3, "1"), text("file:///b", 1, 0, 4, "4"), text("file:///a", 1, 0, 0, "> ")),
      [
        ["file:///a", "file:///a", "1\n> two\n"],
        ["file:///b", "file:///b", "three\r\n4"],
      ],
    );
  });
  it("a new file, with its text", async () => {
    const made = { kind: "create" as const, uri: "file:///c" };
    assert.deepEqual(await shown(made, text("file:///c", 0, 0, 0, "new\n")), [[undefined, "file:///c", "new\n"]]);
  });
  it("a moved file, changed before", async () => {
    const moved = { kind: "rename" as const, oldUri: "file:///a", newUri: "file:///z" };
    assert.deepEqual(await shown(text("file:///a", 0, 0, 3, "1"), moved), [["file:///a", "file:///z", "1\ntwo\n"]]);
  });
  it("a deleted file", async () => {
    const gone = { kind: "delete" as const, uri: "file:///a" };
    assert.deepEqual(await shown(gone), [["file:///a", undefined, undefined]]);
  });
});

describe("a look at it", () => {
  const edit: WorkspaceEdit = { changeAnnotations: { x: { label: "a" }, y: { label: "b", needsConfirmation: true } } };
  it("is wanted where one annotation says so", () => {
    assert.ok(isToBeConfirmed(edit));
    assert.ok(!isToBeConfirmed({ changeAnnotations: { x: { label: "a" } } }));
    assert.ok(!isToBeConfirmed({}));
  });
  it("is not wanted twice", () => {
    assert.ok(!isToBeConfirmed(confirmed(edit)));
  });
});
