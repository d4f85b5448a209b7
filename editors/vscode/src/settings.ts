/**
 * From VS Code's settings to the server's section `emberline`. Pure.
 *
 * What the user says counts as said. What the opened folders say may only make it tighter, whatever the server would
 * take from an editor: a repository ships `.vscode/settings.json`. Settings of scope `machine` are never in there.
 */

export type Json = string | number | boolean | readonly string[];

/** One setting as VS Code has it. `workspace` holds what the workspace's file and every opened folder says. */
export interface Said {
  readonly user: unknown;
  readonly workspace: readonly unknown[];
}

interface Setting {
  /** The place in the server's section. */
  readonly path: readonly [string, string];
  /** The server's own default, which holds where nobody says anything. */
  readonly standard: Json;
  readonly isSound: (value: unknown) => value is Json;
  /** The tighter of two values; none: a workspace has no word in it. */
  readonly join?: (now: Json, wanted: Json) => Json;
}

const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

const lower = (now: Json, wanted: Json): Json => Math.min(Number(now), Number(wanted));
const higher = (now: Json, wanted: Json): Json => Math.max(Number(now), Number(wanted));
const both = (now: Json, wanted: Json): Json => now === true && wanted === true;
const union = (now: Json, wanted: Json): Json => [...new Set([...(now as string[]), ...(wanted as string[])])];
/** Without what begins with `!`: it would take back what others keep out. */
const keptOut = (now: Json, wanted: Json): Json =>
  union(now, (wanted as string[]).filter((pattern) => !pattern.startsWith("!")));

const MODES = ["strict", "trusted", "configured"];
const stricter = (now: Json, wanted: Json): Json =>
  MODES[Math.min(MODES.indexOf(String(now)), MODES.indexOf(String(wanted)))] ?? "strict";

/** By their names in VS Code, below `emberline`. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  enable: { path: ["completion", "enabled"], standard: true, isSound: isBoolean, join: both },
  disabledLanguages: { path: ["completion", "disabled_languages"], standard: [], isSound: isTexts, join: union },
  "completion.maxLines": { path: ["completion", "max_lines"], standard: 8, isSound: isNumber, join: lower },
  "completion.minConfidence": { path: ["completion", "min_confidence"], standard: 0.5, isSound: isNumber, join: higher },
  "completion.alternatives": { path: ["completion", "alternatives"], standard: 3, isSound: isNumber, join: lower },
  "privacy.mode": { path: ["privacy", "mode"], standard: "configured", isSound: isText, join: stricter },
  "privacy.exclude": { path: ["privacy", "exclude"], standard: [], isSound: isTexts, join: keptOut },
  "privacy.localOnly": { path: ["privacy", "local_only"], standard: [], isSound: isTexts, join: keptOut },
  "engine.model": { path: ["engine", "model"], standard: "", isSound: isText },
};

export type Section = Record<string, Record<string, Json>>;

/** The server's section: only what somebody has said, so that the server's own configuration holds for the rest. */
export function section(read: (name: string) => Said, isTrusted: boolean): Section {
  const result: Section = {};
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const value = effective(setting, read(name));
    if (!isSame(value, setting.standard)) {
      const [group, key] = setting.path;
      result[group] = { ...result[group], [key]: value };
    }
  }
  if (!isTrusted) {
    result.privacy = { ...result.privacy, mode: "strict" };
  }
  return result;
}

function effective(setting: Setting, said: Said): Json {
  const user = sound(setting, said.user);
  const { join } = setting;
  if (join === undefined) {
    return user;
  }
  const wanted = said.workspace.filter((value) => value !== undefined).map((value) => sound(setting, value));
  return wanted.reduce(join, user);
}

/** The value, or what stands for one that is none: the default; for privacy, where it is unclear, the strictest. */
function sound(setting: Setting, value: unknown): Json {
  if (value === undefined) {
    return setting.standard;
  }
  if (setting.path[1] === "mode") {
    return isText(value) && MODES.includes(value) ? value : "strict";
  }
  return setting.isSound(value) ? value : setting.standard;
}

function isSame(one: Json, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
