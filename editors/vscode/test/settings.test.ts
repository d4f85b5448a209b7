import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { SETTINGS, section, type Said } from "../src/settings.js";

type Values = Readonly<Record<string, unknown>>;

/** What `section` makes of what the user says and what folders say. */
function sent(user: Values, folders: readonly Values[] = [], isTrusted = true): unknown {
  const read = (name: string): Said => ({ user: user[name], workspace: folders.map((folder) => folder[name]) });
  return section(read, isTrusted);
}

describe("what nobody has said", () => {
  it("is not sent, so that the server's own configuration holds", () => {
    assert.deepEqual(sent({}), {});
    assert.deepEqual(sent({ enable: true, "completion.maxLines": 8, "privacy.mode": "configured" }), {});
  });
});

describe("what the user says", () => {
  const cases: [Values, unknown][] = [
    [{ enable: false }, { completion: { enabled: false } }],
    [{ "completion.maxLines": 20 }, { completion: { max_lines: 20 } }],
    [{ "completion.minConfidence": 0.2 }, { completion: { min_confidence: 0.2 } }],
    [{ disabledLanguages: ["markdown"] }, { completion: { disabled_languages: ["markdown"] } }],
    [{ "privacy.mode": "trusted" }, { privacy: { mode: "trusted" } }],
    [{ "privacy.exclude": ["!a"] }, { privacy: { exclude: ["!a"] } }],
    [{ "engine.model": "qwen2.5-coder-1.5b" }, { engine: { model: "qwen2.5-coder-1.5b" } }],
    [{ enable: "yes", "completion.maxLines": "many", disabledLanguages: [1] }, {}],
  ];
  for (const [user, expected] of cases) {
    it(JSON.stringify(user), () => {
      assert.deepEqual(sent(user), expected);
    });
  }
});

describe("what a folder says", () => {
  const cases: [string, Values, Values[], unknown][] = [
    ["can switch off", {}, [{ enable: false }], { completion: { enabled: false } }],
    ["cannot switch on", { enable: false }, [{ enable: true }], { completion: { enabled: false } }],
    ["can lower", {}, [{ "completion.maxLines": 2 }], { completion: { max_lines: 2 } }],
    ["cannot raise the default", {}, [{ "completion.maxLines": 60 }], {}],
    ["cannot raise", { "completion.maxLines": 4 }, [{ "completion.maxLines": 9 }], { completion: { max_lines: 4 } }],
    ["can be surer", {}, [{ "completion.minConfidence": 0.9 }], { completion: { min_confidence: 0.9 } }],
    ["cannot be less sure", {}, [{ "completion.minConfidence": 0.1 }], {}],
    ["can only add", { disabledLanguages: ["a"] }, [{ disabledLanguages: ["b", "a"] }], { completion: { disabled_languages: ["a", "b"] } }],
    ["can be stricter", { "privacy.mode": "trusted" }, [{ "privacy.mode": "strict" }], { privacy: { mode: "strict" } }],
    ["cannot be looser", { "privacy.mode": "strict" }, [{ "privacy.mode": "configured" }], { privacy: { mode: "strict" } }],
    ["is strict when it is unclear", {}, [{ "privacy.mode": "open" }], { privacy: { mode: "strict" } }],
    ["is strict when it is no word", {}, [{ "privacy.mode": 1 }], { privacy: { mode: "strict" } }],
    ["takes nothing back", { "privacy.exclude": ["a"] }, [{ "privacy.exclude": ["!a", "b"] }], { privacy: { exclude: ["a", "b"] } }],
    ["chooses no model", {}, [{ "engine.model": "other" }], {}],
    ["the strictest of several holds", {}, [{}, { "completion.maxLines": 5 }, { "completion.maxLines": 3 }], { completion: { max_lines: 3 } }],
  ];
  for (const [name, user, folders, expected] of cases) {
    it(name, () => {
      assert.deepEqual(sent(user, folders), expected);
    });
  }
});

describe("a folder that is not trusted", () => {
  it("is strict, whatever is said", () => {
    assert.deepEqual(sent({}, [], false), { privacy: { mode: "strict" } });
    assert.deepEqual(sent({ "privacy.mode": "trusted", "privacy.exclude": ["a"] }, [], false), {
      privacy: { mode: "strict", exclude: ["a"] },
    });
  });
});

describe("package.json", () => {
  interface Property {
    readonly scope: string;
    readonly default: unknown;
  }
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
    contributes: { configuration: { properties: Record<string, Property> }[] };
  };
  const properties = new Map(
    manifest.contributes.configuration.flatMap(({ properties }) => Object.entries(properties)),
  );

  it("has the same defaults", () => {
    for (const [name, { standard }] of Object.entries(SETTINGS)) {
      assert.deepEqual(properties.get(`emberline.${name}`)?.default, standard, name);
    }
  });

  it("lets a workspace say only what can tighten", () => {
    for (const [name, { scope }] of properties) {
      const setting = SETTINGS[name.replace("emberline.", "")];
      assert.equal(scope, setting?.join === undefined ? "machine" : "resource", name);
    }
  });
});
