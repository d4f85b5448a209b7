import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { after, isSamePlace, type Asked, type Edit, type Followed } from "../src/ghost/suggestion.js";

const SHOWN: Followed = { taken: 3, rest: "math.pi * radius", cursor: 40 };

function typed(text: string, offset = SHOWN.cursor, removed = 0): Edit[] {
  return [{ offset, removed, text }];
}

describe("a suggestion and an edit", () => {
  const cases: [string, Edit[], string][] = [
    ["the next character", typed("m"), "typed"],
    ["the next word", typed("math"), "partly"],
    ["all of it: the server hears of that by the suggestion's command", typed(SHOWN.rest), "over"],
    ["something else", typed("x"), "over"],
    ["another place", typed("m", 10), "over"],
    ["something replaced", typed("m", SHOWN.cursor, 2), "over"],
    ["several places at once", [...typed("m"), ...typed("m", 3)], "over"],
    ["something deleted", typed(""), "over"],
    ["nothing", [], "over"],
  ];
  for (const [name, edits, kind] of cases) {
    it(name, () => {
      assert.equal(after(SHOWN, edits).kind, kind);
    });
  }

  it("counts what was taken in UTF-16 units, the beginning included", () => {
    const once = after(SHOWN, typed("math"));
    assert.ok(once.kind === "partly");
    assert.deepEqual(once.now, { taken: 7, rest: ".pi * radius", cursor: 44 });
    const twice = after(once.now, typed(".pi", 44));
    assert.ok(twice.kind === "partly");
    assert.equal(twice.now.taken, 10);
  });

  it("takes a character of two units for one key", () => {
    assert.equal(after({ taken: 0, rest: "🎉🎉 x", cursor: 0 }, typed("🎉", 0)).kind, "typed");
    assert.equal(after({ taken: 0, rest: "🎉🎉 x", cursor: 0 }, typed("🎉🎉", 0)).kind, "partly");
  });
});

describe("places", () => {
  const here: Asked = { uri: "file:///a", version: 3, line: 1, character: 2 };
  it("are the same only in the same text", () => {
    assert.ok(isSamePlace(here, { ...here }));
    for (const other of [{ ...here, version: 4 }, { ...here, uri: "file:///b" }, { ...here, line: 0 }, { ...here, character: 0 }]) {
      assert.ok(!isSamePlace(here, other));
    }
    assert.ok(!isSamePlace(undefined, undefined));
    assert.ok(!isSamePlace(here, undefined));
  });
});
