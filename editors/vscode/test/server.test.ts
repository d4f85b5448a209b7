import assert from "node:assert/strict";
import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Backoff } from "../src/server/backoff.js";
import { find, surroundings, type Surroundings } from "../src/server/find.js";
import { CannotInstall, install, installed, inWords, isNewEnough } from "../src/server/install.js";
import { lines, run } from "../src/server/run.js";

describe("back-off", () => {
  it("waits longer each time, and gives up", () => {
    const backoff = new Backoff();
    const waits = Array.from({ length: 9 }, () => backoff.next(10));
    assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, undefined]);
  });
  it("begins anew after a server that ran well, and when the user wants it", () => {
    const backoff = new Backoff();
    backoff.next(10);
    backoff.next(10);
    assert.equal(backoff.next(3_600_000), 500);
    for (let tries = 0; tries < 20; tries++) {
      backoff.next(10);
    }
    backoff.reset();
    assert.equal(backoff.next(10), 500);
  });
});

describe("finding the server", () => {
  const here = (platform: NodeJS.Platform, PATH: string, ...programs: string[]): Surroundings => ({
    platform,
    environment: { PATH },
    isProgram: (file) => Promise.resolve(programs.includes(file)),
  });
  const linux = here("linux", "bin:./tools::/usr/bin:/opt/bin", "bin/emberline", "tools/emberline", "/opt/bin/emberline");

  it("believes what is set", async () => {
    const program = await find(["/x/python", "-m", "emberline"], "/store/emberline", linux);
    assert.deepEqual(program, { command: "/x/python", args: ["-m", "emberline"], found: "setting" });
  });
  it("takes it from the PATH, but from no relative folder there", async () => {
    const program = await find([], "/store/emberline", linux);
    assert.deepEqual(program, { command: "/opt/bin/emberline", args: [], found: "path" });
  });
  it("takes the installed one else, when it is still there", async () => {
    const there = here("linux", "/usr/bin", "/store/emberline");
    assert.equal((await find([], "/store/emberline", there))?.found, "installed");
    assert.equal(await find([], "/store/emberline", here("linux", "/usr/bin")), undefined);
    assert.equal(await find([], undefined, here("linux", "")), undefined);
  });
  it("knows Windows' endings", async () => {
    const windows = here("win32", "C:\\Tools;D:\\", "D:\\emberline.exe");
    assert.equal((await find([], undefined, windows))?.command, "D:\\emberline.exe");
  });
  it("tells programs from other files", async () => {
    const folder = await mkdtemp(join(tmpdir(), "emberline-"));
    await writeFile(join(folder, "plain"), "", { mode: 0o600 });
    const { isProgram } = surroundings({});
    assert.equal(await isProgram(process.execPath), true);
    assert.equal(await isProgram(join(folder, "plain")), false);
    assert.equal(await isProgram(folder), false);
    assert.equal(await isProgram(join(folder, "none")), false);
  });
});

describe("running a program", () => {
  it("tells whole lines, of any ending", () => {
    const told: string[] = [];
    const hear = lines((line) => told.push(line));
    for (const text of ["on", "e\r", "\ntwo\rthree\n", "\n", "four"]) {
      hear(text);
    }
    assert.deepEqual(told, ["one", "two", "three"]);
  });
  it("gives status and output", async () => {
    const ended = await run(process.execPath, ["-e", "console.log(1); console.error(2); process.exit(3)"]);
    assert.deepEqual(ended, { status: 3, out: "1\n", err: "2\n" });
  });
  it("says why nothing could be started", async () => {
    const ended = await run("/nowhere/at/all", []);
    assert.equal(ended.status, null);
    assert.match(ended.err, /ENOENT/);
  });
  it("ends what is not wanted any more", async () => {
    const stopping = new AbortController();
    const line = (): void => {
      stopping.abort();
    };
    const forever = ["-e", "console.log('here'); setInterval(() => {}, 1000)"];
    assert.equal((await run(process.execPath, forever, { signal: stopping.signal, line })).status, null);
  });
});

describe("installing", () => {
  const storage = (): Promise<string> => mkdtemp(join(tmpdir(), "emberline-"));

  it("reads pip's progress", () => {
    assert.equal(inWords("Collecting emberline[engine]"), "collecting emberline[engine]");
    assert.equal(inWords("  Downloading https://files.example/a/b/orjson-3.10.whl (130 kB)"), "downloading orjson-3.10.whl");
    assert.equal(inWords("Building wheel for thing (pyproject.toml): started"), "building thing");
    assert.equal(inWords("Installing collected packages: a, b, c"), "installing the packages");
    assert.equal(inWords("Requirement already satisfied: idna"), undefined);
    assert.equal(inWords("Building wheels for collected packages: thing"), undefined);
  });
  it("tells old Pythons from new ones", () => {
    const told = ["3 10", "3 11", "3 14", "4 0", "", "2 7", "nonsense"];
    assert.deepEqual(told.map(isNewEnough), [false, true, true, true, false, false, false]);
  });
  it("leaves nothing behind when it fails", async () => {
    const folder = await storage();
    const signal = new AbortController().signal;
    const trying = install(folder, "emberline", "/nowhere/python", { tell: () => undefined, signal, here: surroundings({}) });
    await assert.rejects(trying, CannotInstall);
    assert.deepEqual(await readdir(folder), []);
    assert.equal(await installed(folder, "linux"), undefined);
  });
  it("says what is missing where there is no Python", async () => {
    const signal = new AbortController().signal;
    const trying = install(await storage(), "x", "", { tell: () => undefined, signal, here: surroundings({ PATH: "" }) });
    await assert.rejects(trying, /no Python 3\.11 or newer/);
  });
  it("finds what was installed last", async () => {
    const folder = await storage();
    await writeFile(join(folder, "server"), "server-abc\n");
    assert.equal(await installed(folder, "linux"), join(folder, "server-abc", "bin", "emberline"));
  });
});
