/** Whole pages for VS Code to show: nothing in them runs, and nothing is fetched. Pure. */

import { asHtml, escaped, type Mark } from "./markdown.js";

/** What a page may do: be drawn. The style is ours alone, by the number that is new for each page. */
export function policy(style: string): string {
  return `default-src 'none'; style-src ${style}; base-uri 'none'; form-action 'none'`;
}

export interface Place {
  /** As the text names it: 1 for [1]. */
  readonly number: number;
  /** As the user reads it: `src/store.py:12`. */
  readonly name: string;
  readonly excerpt: string;
  /** The text names it; others are merely near. */
  readonly isCited: boolean;
}

export interface Content {
  readonly title: string;
  readonly markdown: string;
  readonly places: readonly Place[];
  /** Where it was computed and why; empty where the text says so itself. */
  readonly words: string;
}

/** `link` gives the address behind a place, `once` a number that nobody can guess. */
export function page({ title, markdown, places, words }: Content, link: (number: number) => string, once: string): string {
  const mark: Mark = (number) => {
    const place = places.find((each) => each.number === number);
    return place === undefined ? undefined : { href: link(number), title: `Open ${place.name}` };
  };
  const cited = listed("Where it says so", places.filter(({ isCited }) => isCited), link);
  const near = listed("The nearest places", places.filter(({ isCited }) => !isCited), link);
  const footer = words === "" ? "" : `<footer>${escaped(words)}</footer>`;
  return framed(
    title,
    `<style nonce="${once}">${STYLE}</style>`,
    policy(`'nonce-${once}'`),
    `<main><h1>${escaped(title)}</h1>${asHtml(markdown, mark)}${cited}${near}${footer}</main>`,
  );
}

function framed(title: string, style: string, allowed: string, body: string): string {
  return (
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${allowed}">` +
    `<title>${escaped(title)}</title>${style}</head><body>${body}</body></html>`
  );
}

function listed(heading: string, places: readonly Place[], link: (number: number) => string): string {
  const items = places.map(({ number, name, excerpt }) => {
    const code = excerpt.trim() === "" ? "" : `<pre><code>${escaped(excerpt)}</code></pre>`;
    return `<li><a href="${escaped(link(number))}">[${number}] ${escaped(name)}</a>${code}</li>`;
  });
  return items.length === 0 ? "" : `<h2>${heading}</h2><ul class="places">${items.join("")}</ul>`;
}

/** The server's own page, under this side's rules too: what it has of its own can only be stricter. */
export function guarded(html: string): string {
  const rules = `<meta http-equiv="Content-Security-Policy" content="${policy("'unsafe-inline'")}">`;
  return html.replace(/<head>/i, (head) => `${head}${rules}`);
}

/** All colours are the theme's. */
const STYLE = `
body { padding: 0 1.6rem 2rem; color: var(--vscode-editor-foreground); background: var(--vscode-editor-background);
  font: var(--vscode-font-size, 13px)/1.6 var(--vscode-font-family, sans-serif); }
main { max-width: 52rem; margin: 0 auto; overflow-wrap: break-word; }
h1 { font-size: 1.5em; line-height: 1.3; font-weight: 600; margin: 1.4rem 0 1rem; }
h2 { font-size: 1.1em; font-weight: 600; margin: 1.6rem 0 .5rem; }
h3, h4, h5, h6 { font-size: 1em; font-weight: 600; margin: 1.2rem 0 .4rem; }
p, ul, ol, table, pre { margin: 0 0 .8rem; }
a { color: var(--vscode-textLink-foreground); text-decoration: none; }
a:hover { color: var(--vscode-textLink-activeForeground); text-decoration: underline; }
a:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
code { font-family: var(--vscode-editor-font-family, monospace); font-size: .95em;
  color: var(--vscode-textPreformat-foreground); background: var(--vscode-textPreformat-background);
  border-radius: 3px; padding: .1em .3em; }
pre { overflow-x: auto; padding: .6rem .8rem; border-radius: 4px; line-height: 1.45;
  background: var(--vscode-textCodeBlock-background); border: 1px solid var(--vscode-contrastBorder, transparent); }
pre code { color: inherit; background: none; padding: 0; }
blockquote { margin: 0 0 .8rem; padding: .1rem 1rem; border-left: 4px solid var(--vscode-textBlockQuote-border);
  background: var(--vscode-textBlockQuote-background); }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .3rem .7rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder)); }
th { font-weight: 600; white-space: nowrap; }
hr { border: 0; border-top: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder)); }
.places { list-style: none; padding: 0; }
.places pre { margin-top: .3rem; }
footer { margin-top: 2rem; padding-top: .7rem; color: var(--vscode-descriptionForeground); font-size: .92em;
  border-top: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder)); }
`;
