/** What the status bar shows and says of a state. Pure. */

import type { Answer, Privacy, State } from "./state.js";

export interface View {
  readonly text: string;
  /** Lines of plain text. */
  readonly tooltip: readonly string[];
  /** For a screen reader: whole words, no icons. */
  readonly label: string;
  readonly severity: "normal" | "warning" | "error";
}

export type Word = "warm" | "cold" | "working" | "starting" | "off" | "warning" | "in error" | "not installed";

const ICONS: Readonly<Record<Word, string>> = {
  warm: "flame",
  cold: "watch",
  working: "loading~spin",
  starting: "loading~spin",
  off: "circle-slash",
  warning: "warning",
  "in error": "error",
  "not installed": "cloud-download",
};

const PRIVACY: Readonly<Record<string, { readonly icon: string; readonly means: string }>> = {
  strict: { icon: "lock", means: "nothing leaves this machine" },
  trusted: { icon: "server", means: "also your own hosts" },
  open: { icon: "cloud", means: "also the cloud" },
};
const FIGURE_SPACE = "\u2007";

export function view(state: State): View {
  const word = wordOf(state);
  const mode = state.privacy?.mode;
  const icons = [ICONS[word], ...(mode !== undefined ? [privacyIcon(mode)] : [])];
  const text = [...icons.map((icon) => `$(${icon})`), "Ember", ...answerText(state)].join(" ");
  const message = messageOf(state);
  const spoken = [
    `Emberline: ${word}`,
    ...(message !== "" && message !== word ? [message] : []),
    ...(mode !== undefined ? [`privacy ${mode}`] : []),
    ...(state.answer !== undefined ? [`last answer ${inWords(state.answer)}`] : []),
  ];
  return { text, tooltip: tooltip(state, word), label: spoken.join(", "), severity: severityOf(word) };
}

export function wordOf({ server, isPaused }: State): Word {
  switch (server.kind) {
    case "absent":
      return "not installed";
    case "starting":
      return "starting";
    case "ended":
      return server.again ? "starting" : "in error";
    case "running": {
      const { kind, busy, message } = server.status;
      if (kind === "error") {
        return "in error";
      }
      if (isPaused || kind === "inactive") {
        return "off";
      }
      if (kind === "warning") {
        return "warning";
      }
      return busy ? "working" : message.endsWith("warm") ? "warm" : "cold";
    }
  }
}

export function privacyIcon(mode: string): string {
  return PRIVACY[mode]?.icon ?? "lock";
}

export function privacyMeans(mode: string): string {
  return PRIVACY[mode]?.means ?? "";
}

/** "4 ms", as wide as "400 ms", so that the bar does not move while one types. */
function answerText({ answer }: State): string[] {
  return answer === undefined ? [] : [`${rounded(answer)} ms`.padEnd(6, FIGURE_SPACE)];
}

function rounded({ milliseconds }: Answer): number {
  return Math.max(1, Math.round(milliseconds));
}

function inWords(answer: Answer): string {
  return `${answer.lane} in ${rounded(answer)} ms`;
}

function messageOf({ server }: State): string {
  switch (server.kind) {
    case "absent":
      return "the server is not installed";
    case "starting":
      return "";
    case "ended":
      return server.message;
    case "running":
      return server.status.message;
  }
}

function severityOf(word: Word): View["severity"] {
  return word === "in error" ? "error" : word === "warning" || word === "not installed" ? "warning" : "normal";
}

function tooltip(state: State, word: Word): string[] {
  const { privacy, model, version, answer, isTrusted } = state;
  const message = messageOf(state);
  return [
    `Emberline: ${word}`,
    ...(message !== "" && message !== model ? [message] : []),
    ...(model !== undefined ? [`Model: ${model}`] : []),
    ...(privacy !== undefined ? [privacyLine(privacy, isTrusted)] : []),
    ...(answer !== undefined ? [`Last answer: ${inWords(answer)}`] : []),
    ...(version !== undefined ? [`Server: ${version}`] : []),
  ];
}

function privacyLine({ mode, from }: Privacy, isTrusted: boolean): string {
  return `Privacy: ${mode}, ${privacyMeans(mode)} (set by ${isTrusted ? from : "this folder not being trusted"})`;
}
