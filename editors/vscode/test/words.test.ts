import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fetched, inMegabytes } from "../src/commands/catalogue.js";
import type { Server, ServerStatus, State } from "../src/status/state.js";
import { view, wordOf, type Word } from "../src/status/words.js";

function state(server: Server, more: Partial<State> = {}): State {
  return { server, isPaused: false, isTrusted: true, ...more };
}

function runs(status: Partial<ServerStatus>, more: Partial<State> = {}): State {
  const whole: ServerStatus = { kind: "normal", busy: false, message: "small on engine, warm", ...status };
  return state({ kind: "running", status: whole }, more);
}

describe("the word for a state", () => {
  const cases: [State, Word][] = [
    [state({ kind: "absent" }), "not installed"],
    [state({ kind: "starting" }), "starting"],
    [state({ kind: "ended", message: "it ended", again: true }), "starting"],
    [state({ kind: "ended", message: "it ended", again: false }), "in error"],
    [runs({}), "warm"],
    [runs({ message: "small, not loaded" }), "cold"],
    [runs({ busy: true }), "working"],
    [runs({ kind: "inactive", message: "paused" }, { isPaused: true }), "off"],
    [runs({ kind: "inactive", message: "switched off" }), "off"],
    [runs({ kind: "warning", message: "no model" }), "warning"],
    [runs({ kind: "error", message: "broken" }), "in error"],
  ];
  for (const [given, word] of cases) {
    it(`${word}: ${JSON.stringify(given.server)}`, () => {
      assert.equal(wordOf(given), word);
    });
  }
});

describe("the status bar", () => {
  const strict = { mode: "strict", from: "default" };

  it("shows state, privacy and the last answer's time", () => {
    const shown = view(runs({}, { privacy: strict, answer: { lane: "recalled", milliseconds: 3.4 } }));
    assert.equal(shown.text, "$(flame) $(lock) Ember 3 ms\u2007\u2007");
    assert.equal(shown.severity, "normal");
    assert.equal(
      shown.label,
      "Emberline: warm, small on engine, warm, privacy strict, last answer recalled in 3 ms",
    );
  });
  it("is as wide for 3 ms as for 300", () => {
    const width = (milliseconds: number): number => view(runs({}, { answer: { lane: "x", milliseconds } })).text.length;
    assert.equal(width(0.2), width(300));
  });
  it("has an icon for each mode, and a lock for one that it does not know", () => {
    for (const [mode, icon] of [["trusted", "server"], ["open", "cloud"], ["other", "lock"]] as const) {
      assert.match(view(runs({}, { privacy: { mode, from: "x" } })).text, new RegExp(`\\$\\(${icon}\\)`));
    }
  });
  it("says who made it strict", () => {
    const trusted = view(runs({}, { privacy: strict })).tooltip;
    assert.ok(trusted.includes("Privacy: strict, nothing leaves this machine (set by default)"));
    const untrusted = view(runs({}, { privacy: strict, isTrusted: false })).tooltip;
    assert.ok(untrusted.some((line) => line.endsWith("(set by this folder not being trusted)")));
  });
  it("warns, and is in error, by theme colours", () => {
    assert.equal(view(runs({ kind: "warning", message: "no model" })).severity, "warning");
    assert.equal(view(state({ kind: "absent" })).severity, "warning");
    assert.equal(view(runs({ kind: "error", message: "broken" })).severity, "error");
  });
  it("says nothing twice", () => {
    const { tooltip } = view(runs({ message: "small, warm" }, { model: "small, warm" }));
    assert.deepEqual(tooltip, ["Emberline: warm", "Model: small, warm"]);
  });
});

describe("the catalogue", () => {
  it("reads a download's progress", () => {
    const line = "qwen2.5-coder-0.5b from packages: 40 % (196 of 491 MB)";
    assert.deepEqual(fetched(line), { percent: 40, words: "196 of 491 MB from packages" });
    assert.equal(fetched("anything else"), undefined);
  });
  it("tells sizes", () => {
    assert.equal(inMegabytes({ name: "m", in_use: true, state: "ready", bytes: 1_117_320_768 }), "1,117 MB");
  });
});
