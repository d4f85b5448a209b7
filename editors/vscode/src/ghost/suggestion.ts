/**
 * What stands behind the cursor, as far as an extension can know it. Pure.
 *
 * VS Code tells an extension neither what it draws nor what of it was taken, but only what changes in the document.
 * So one suggestion is followed here: what the user types of it, takes of it in one piece, or types against it.
 */

export interface Asked {
  readonly uri: string;
  readonly version: number;
  readonly line: number;
  readonly character: number;
}

export function isSamePlace(one: Asked | undefined, other: Asked | undefined): boolean {
  return (
    one !== undefined &&
    one.uri === other?.uri &&
    one.version === other.version &&
    one.line === other.line &&
    one.character === other.character
  );
}

/** One edit of a document, in UTF-16 units from its beginning. */
export interface Edit {
  readonly offset: number;
  readonly removed: number;
  readonly text: string;
}

export interface Followed {
  /** UTF-16 units of the suggestion's text that stand in the document. */
  readonly taken: number;
  readonly rest: string;
  /** Where the rest would begin. */
  readonly cursor: number;
}

export type Outcome =
  /** The user has typed what it says. */
  | { readonly kind: "typed"; readonly now: Followed }
  /** A word or a line of it was taken at once. */
  | { readonly kind: "partly"; readonly now: Followed }
  /** All of it stands there, or the document has become another. */
  | { readonly kind: "over" };

/** What an edit makes of a suggestion. */
export function after(followed: Followed, edits: readonly Edit[]): Outcome {
  const [edit] = edits;
  if (edit === undefined || edits.length > 1 || edit.removed > 0 || edit.offset !== followed.cursor) {
    return { kind: "over" };
  }
  const { text } = edit;
  if (text === "" || text === followed.rest || !followed.rest.startsWith(text)) {
    return { kind: "over" };
  }
  const now = {
    taken: followed.taken + text.length,
    rest: followed.rest.slice(text.length),
    cursor: followed.cursor + text.length,
  };
  // A key brings one character; a closing bracket that the editor adds comes as another edit.
  return { kind: isOneCharacter(text) ? "typed" : "partly", now };
}

/** Also one beyond the Basic Multilingual Plane, which is two units long. */
function isOneCharacter(text: string): boolean {
  return text.length === String.fromCodePoint(text.codePointAt(0) ?? 0).length;
}
