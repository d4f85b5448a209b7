import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { SETTINGS, section } from "../src/settings.js";

type Values = Readonly<Record<string, unknown>>;

/** What `section` makes of what the user says and what the places of the workspace say. */
function sent(user: Values, workspace: readonly Values[] = [], isTrusted = true): unknown {
  const reader = (values: Values) => (name: string) => values[name];
  return section(reader(user), workspace.map(reader), isTrusted);
}

describe("what nobody has said", () => {
  it("is not sent, so that the server's own configuration holds", () => {
    assert.deepEqual(sent({}), {});
    assert.deepEqual(sent({ enable: true, "completion.maxLines": 8, "privacy.mode": "configured" }), {});
    assert.deepEqual(sent({}, [{}, { "privacy.mode": "configured" }]), {});
  });
});

describe("what the user says", () => {
  const cases: [Values, unknown][] = [
    [{ enable: false }, { completion: { enabled: false } }],
    [{ "completion.maxLines": 20 }, { completion: { max_lines: 20 } }],
    [{ "completion.minConfidence": 0.2 }, { completion: { min_confidence: 0.2 } }],
    [{ disabledLanguages: ["markdown"] }, { completion: { disabled_languages: ["markdown"] } }],
    [{ "privacy.mode": "trusted" }, { privacy: { mode: "trusted" } }],
    [{ "privacy.exclude": ["a"] }, { privacy: { exclude: ["a"] } }],
    [{ "engine.model": "qwen2.5-coder-1.5b" }, { engine: { model: "qwen2.5-coder-1.5b" } }],
    [{ "completion.maxLines": "many" }, { completion: { max_lines: "many" } }], // the server says what is wrong
  ];
  for (const [user, expected] of cases) {
    it(JSON.stringify(user), () => {
      assert.deepEqual(sent(user), expected);
    });
  }
});

describe("what the workspace says", () => {
  it("goes apart, in its own order", () => {
    assert.deepEqual(sent({ "completion.maxLines": 20 }, [{ "completion.maxLines": 60 }, {}, { enable: false }]), {
      completion: { max_lines: 20 },
      workspace: [{ completion: { max_lines: 60 } }, { completion: { enabled: false } }],
    });
  });

  it("goes on as it is where it is unclear, so that the server can fail closed", () => {
    assert.deepEqual(sent({}, [{ "privacy.mode": 1 }]), { workspace: [{ privacy: { mode: 1 } }] });
  });

  it("chooses no model", () => {
    assert.deepEqual(sent({}, [{ "engine.model": "other" }]), {});
  });
});

describe("a folder that is not trusted", () => {
  it("is strict, whatever is said", () => {
    assert.deepEqual(sent({}, [], false), { workspace: [{ privacy: { mode: "strict" } }] });
    assert.deepEqual(sent({ "privacy.mode": "trusted" }, [{ "privacy.exclude": ["a"] }], false), {
      privacy: { mode: "trusted" },
      workspace: [{ privacy: { exclude: ["a"] } }, { privacy: { mode: "strict" } }],
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

  it("lets a workspace say only what the server lets it tighten", () => {
    for (const [name, { scope }] of properties) {
      assert.equal(scope, SETTINGS[name.replace("emberline.", "")]?.scope ?? "machine", name);
    }
  });
});
