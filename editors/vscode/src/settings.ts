/**
 * From VS Code's settings to the server's section `emberline`. Pure.
 *
 * What the user says and what the opened folders say go apart, for a repository ships `.vscode/settings.json`: the
 * server lets that only tighten. Settings of scope `machine` are never in there.
 */

export type Json = string | number | boolean | readonly string[];

/** One place where settings are said: the value by its name below `emberline`, or undefined. */
export type Reader = (name: string) => unknown;

interface Setting {
  /** The place in the server's section. */
  readonly path: readonly [string, string];
  /** The server's own default, which holds where nobody says anything. */
  readonly standard: Json;
  readonly scope: "resource" | "machine";
}

/** By their names in VS Code, below `emberline`. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  enable: { path: ["completion", "enabled"], standard: true, scope: "resource" },
  disabledLanguages: { path: ["completion", "disabled_languages"], standard: [], scope: "resource" },
  "completion.maxLines": { path: ["completion", "max_lines"], standard: 8, scope: "resource" },
  "completion.minConfidence": { path: ["completion", "min_confidence"], standard: 0.5, scope: "resource" },
  "completion.alternatives": { path: ["completion", "alternatives"], standard: 3, scope: "resource" },
  "privacy.mode": { path: ["privacy", "mode"], standard: "configured", scope: "resource" },
  "privacy.exclude": { path: ["privacy", "exclude"], standard: [], scope: "resource" },
  "privacy.localOnly": { path: ["privacy", "local_only"], standard: [], scope: "resource" },
  "engine.model": { path: ["engine", "model"], standard: "", scope: "machine" },
};

export type Section = Record<string, Record<string, unknown>>;

/** What the server is sent: the user's section, and one for each place in the workspace that says something. */
export type Sent = Readonly<Record<string, Record<string, unknown> | readonly Section[]>>;

/** Only what somebody has said, so that the server's own configuration holds for the rest. */
export function section(user: Reader, workspace: readonly Reader[], isTrusted: boolean): Sent {
  const theirs = workspace.map((read) => said(read, "resource")).filter((each) => Object.keys(each).length > 0);
  if (!isTrusted) {
    theirs.push({ privacy: { mode: "strict" } });
  }
  const own = said(user, "machine", "resource");
  return theirs.length === 0 ? own : { ...own, workspace: theirs };
}

function said(read: Reader, ...scopes: readonly Setting["scope"][]): Section {
  const result: Section = {};
  for (const [name, { path, standard, scope }] of Object.entries(SETTINGS)) {
    const value = read(name);
    // What stands for "as configured" says nothing. A value of a wrong kind goes along: the server tells what is wrong.
    if (value === undefined || isSame(value, standard) || !scopes.includes(scope)) {
      continue;
    }
    const [group, key] = path;
    result[group] = { ...result[group], [key]: value };
  }
  return result;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
