/**
 * Markdown by a model, as HTML that does nothing by itself: no HTML of its own, no pictures (their addresses could
 * carry a text away), and links to the web alone. Pure.
 */

import MarkdownIt from "markdown-it";

/** Where a mark like [1] leads; undefined where there is no such place. */
export type Mark = (number: number) => Link | undefined;

export interface Link {
  readonly href: string;
  /** For the mouse and for a screen reader. */
  readonly title: string;
}

const MARK = /\[(\d{1,4}(?:\s*,\s*\d{1,4})*)\]/y;
const WEB = /^(?:https?|mailto):/i;

export function asHtml(markdown: string, mark: Mark = () => undefined): string {
  const reader = new MarkdownIt({ html: false, linkify: false }).disable("image");
  reader.validateLink = (address) => WEB.test(address);
  reader.inline.ruler.before("link", "mark", (state, silent) => {
    MARK.lastIndex = state.pos;
    const found = MARK.exec(state.src);
    const links = found?.[1]?.split(",").map((number) => ({ number: number.trim(), link: mark(Number(number)) }));
    // What is followed by an address is a link by itself.
    if (found === null || links?.some(({ link }) => link === undefined) !== false || state.src[MARK.lastIndex] === "(") {
      return false;
    }
    if (!silent) {
      for (const { number, link } of links) {
        const opening = state.push("link_open", "a", 1);
        opening.attrs = [
          ["href", link?.href ?? ""],
          ["title", link?.title ?? ""],
        ];
        state.push("text", "", 0).content = `[${number}]`;
        state.push("link_close", "a", -1);
      }
    }
    state.pos += found[0].length;
    return true;
  });
  return reader.render(markdown);
}

/** Text as it stands. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0) ?? 0};`);
}
