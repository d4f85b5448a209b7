// Drives Chromium for Python: one JSON object a line in, one a line out.
//
// node browser.mjs CHROMIUM FOLDER-WITH-PLAYWRIGHT. In: {id, page, do, …}; out: {id, value} or {id, error}.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [, , executablePath, modules] = process.argv;
const { chromium } = createRequire(`${modules}/package.json`)("playwright-core");
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-device-scale-factor=1"],
});
const pages = new Map();

const verbs = {
  async open({ page, url, width, height, scale }) {
    const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale });
    const opened = await context.newPage();
    // VS Code's smoke test driver calls them, and the page breaks off without.
    await opened.exposeFunction("codeAutomationLog", () => {});
    await opened.exposeFunction("codeAutomationExit", () => {});
    pages.set(page, opened);
    await opened.goto(url);
  },
  press: ({ page, keys, delay }) => pages.get(page).keyboard.press(keys, { delay }),
  type: ({ page, text, delay }) => pages.get(page).keyboard.type(text, { delay }),
  click: ({ page, selector, index }) => pages.get(page).locator(selector).nth(index).click(),
  evaluate: ({ page, code }) => pages.get(page).evaluate(code),
  // In a frame of the page: what the code is in the first where it is anything. Frames come and go meanwhile.
  async inside({ page, code }) {
    for (const frame of pages.get(page).frames().slice(1)) {
      const value = await frame.evaluate(code).catch(() => undefined);
      if (value) return value;
    }
  },
  async clickInside({ page, selector }) {
    for (const frame of pages.get(page).frames().slice(1)) {
      const found = frame.locator(selector);
      if (await found.count()) return await found.first().click();
    }
    throw new Error(`no frame has ${selector}`);
  },
  screenshot: ({ page, path, clip }) => pages.get(page).screenshot({ path, animations: "disabled", ...(clip && { clip }) }),
  async close({ page }) {
    const left = pages.get(page);
    // As a user leaves it: the page hears of its end and tells the server. One that is only closed may not.
    await left.goto("about:blank");
    await left.context().close();
    pages.delete(page);
  },
};

async function answer(line) {
  const { id, do: verb, ...asked } = JSON.parse(line);
  let told;
  try {
    told = { id, value: (await verbs[verb](asked)) ?? null };
    if (verb === "screenshot") told.value = null;
  } catch (error) {
    told = { id, error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

// One after the other, as they come.
for await (const line of createInterface({ input: process.stdin })) await answer(line);
await browser.close();
