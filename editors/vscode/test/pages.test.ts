import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asHtml } from "../src/pages/markdown.js";
import { guarded, page, type Content } from "../src/pages/page.js";

const mark = (number: number) => (number <= 2 ? { href: `command:open?${number}`, title: `Open "file" ${number}` } : undefined);

describe("a model's Markdown", () => {
  const does: [what: string, markdown: string, html: RegExp][] = [
    ["is rendered", "It **closes**:\n\n- `a`", /<p>It <strong>closes<\/strong>:<\/p>\s*<ul>\s*<li><code>a<\/code>/],
    ["has tables", "| a | b |\n|---|--:|\n| 1 | 2 |", /<table>[^]*<td>1<\/td>/],
    ["leads to the web", "[docs](https://example.org/a?b=c)", /<a href="https:\/\/example\.org\/a\?b=c">docs<\/a>/],
    ["leads to a place", "Here [1].", /Here <a href="command:open\?1" title="Open &quot;file&quot; 1">\[1\]<\/a>\./],
    ["leads to several", "Here [1][2].", /1<\/a>|\[1\]<\/a><a href="command:open\?2"[^>]*>\[2\]<\/a>\./],
    ["leads to several at once", "Here [1, 2].", /<a href="command:open\?1"[^]*\[1\]<\/a><a href="command:open\?2"[^]*\[2\]<\/a>\./],
  ];
  for (const [what, markdown, html] of does) {
    it(what, () => {
      assert.match(asHtml(markdown, mark), html);
    });
  }

  const doesNot: [what: string, markdown: string][] = [
    ["has no HTML of its own", '<img src="https://example.org/x"><script>a()</script> <b onclick="a()">'],
    ["has no blocks of HTML", '<form action="https://example.org"><input></form>'],
    ["fetches no picture", "![x](https://example.org/?q=secret)"],
    ["fetches no picture by a reference", "![x][1]\n\n[1]: https://example.org/?q=secret"],
    ["runs no command", "[x](command:workbench.action.quit) <command:workbench.action.quit>"],
    ["opens no file", "[x](file:///etc/passwd) [y](../../secret) [z](vscode://a.b/c)"],
    ["runs no script", "[x](javascript:alert(1)) [y](data:text/html,a)"],
  ];
  for (const [what, markdown] of doesNot) {
    it(what, () => {
      assert.doesNotMatch(asHtml(markdown, mark), /<(?:img|script|form|input|b)\b|href="(?!https?:|command:open\?)/i);
    });
  }

  it("leaves marks alone that lead nowhere", () => {
    assert.equal(asHtml("a[3] and [1, 3]", mark), "<p>a[3] and [1, 3]</p>\n");
    assert.equal(asHtml("`list[1]`", mark), "<p><code>list[1]</code></p>\n");
  });
});

describe("a page", () => {
  const content: Content = {
    title: "Where <is> it?",
    markdown: "There [1].",
    places: [
      { number: 1, name: "a&b.py:3", excerpt: "if a < b:\n", isCited: true },
      { number: 2, name: "near.py:1", excerpt: "", isCited: false },
    ],
    words: "Computed by small on this machine.",
  };
  const whole = page(content, (number) => `command:open?${number}`, "abc");

  it("says all, as it stands", () => {
    for (const part of ["<h1>Where &#60;is&#62; it?</h1>", "a&#38;b.py:3", "if a &#60; b:", "<footer>Computed by small on this machine.</footer>"]) {
      assert.ok(whole.includes(part), part);
    }
  });

  it("tells cited places from near ones", () => {
    assert.ok(whole.indexOf("Where it says so") < whole.indexOf("a&#38;b.py:3"));
    assert.ok(whole.indexOf("a&#38;b.py:3") < whole.indexOf("The nearest places"));
    assert.ok(whole.indexOf("The nearest places") < whole.indexOf("near.py:1"));
    const without = page({ ...content, places: [], words: "" }, String, "abc");
    assert.doesNotMatch(without, /<h2>|<footer>|<ul/);
  });

  it("allows nothing but its own style", () => {
    const [, rules] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(whole) ?? [];
    assert.equal(rules, "default-src 'none'; style-src 'nonce-abc'; base-uri 'none'; form-action 'none'");
  });

  it("of the server's is held to the same", () => {
    const theirs = guarded("<!DOCTYPE html>\n<html><head><title>a</title></head><body></body></html>");
    assert.match(theirs, /<head><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';/);
  });
});
