"""A bus of events in JavaScript."""

from __future__ import annotations

import re

from tests.refactor.suite.case import Case, Changed
from tests.refactor.suite.cases.python import renamed
from tests.refactor.suite.checkers import CommentsKept, Gone, Has, Linked, Runs
from tests.refactor.suite.grounds import JAVASCRIPT, Files
from tests.refactor.suite.texts import before, block, cursor, first, once, selection, within

BUS, INDEX, MEMORY = "lib/bus.js", "lib/index.js", "lib/memory.js"
PATTERN, REPLAY, STORE = "lib/pattern.js", "lib/replay.js", "lib/store.js"
_BUS = """\
import { Bus, ranked } from "./lib/index.js";
const bus = new Bus();
const heard = [];
const end = bus.on("door.*", (event) => heard.push(["star", event.name, event.detail]));
bus.once("door.open", (event) => heard.push(["once", event.name]));
bus.on("**", (event) => heard.push(["all", event.name]));
const counts = [bus.emit("door.open", 1), bus.emit("door.open", 2), bus.emit("window", 3)];
end();
counts.push(bus.emit("door.shut"), await bus.hushed(() => bus.emit("door.open")));
console.log(JSON.stringify([heard, counts, ranked(["*", "a.b", "a.**"])]));
"""
_HEARD = (
    '[[["once","door.open"],["star","door.open",1],["all","door.open"],["star","door.open",2],'
    '["all","door.open"],["all","window"],["all","door.shut"]],[3,2,1,1,0],["a.b","a.**","*"]]'
)
_KEPT = """\
import { remembered } from "./lib/index.js";
import { Memory } from "./lib/memory.js";
import { writeFileSync } from "node:fs";
import { replay } from "./lib/replay.js";
writeFileSync("told.json", JSON.stringify({ events: [{ name: "a.b", detail: 1 }, { name: "a..b" }] }));
const memory = new Memory("counts.json");
memory.open((error) => {
  const bus = { emit: (name) => (memory.note ?? memory.record).call(memory, { name }) };
  replay(bus, "told.json", (broken, count) => {
    memory.close((unsaved) => {
      const again = new Memory("counts.json");
      again.open(() => {
        const none = (each) => each ?? null;
        console.log(JSON.stringify([none(error), none(broken), count, none(unsaved), again.count("a.b")]));
      });
    });
  });
});
"""
_COUNTED = "[null,null,2,null,2]"


def _promised(files: Files) -> Changed:
    store, memory, replay = files[STORE], files[MEMORY], files[REPLAY]
    loading = block(store, r"^export function load")
    doc = first(store, r"^/\*\* Reads a JSON file.*\n")
    body = (
        'import { readFile, writeFile } from "node:fs";\n'
        'import { readFile as read } from "node:fs/promises";\n\n'
        "/** The value in a JSON file. A file that is not there is empty. */\n"
        "export async function load(path) {\n"
        "  let text;\n"
        "  try {\n"
        '    text = await read(path, "utf8");\n'
        "  } catch (error) {\n"
        '    if (error.code === "ENOENT") {\n'
        "      return {};\n"
        "    }\n"
        "    throw error;\n"
        "  }\n"
        "  return JSON.parse(text);\n"
        "}\n"
    ).replace("readFile, writeFile", "writeFile")
    store = body + store[loading.end :]
    assert doc.start() < loading.start

    def opened(own: str) -> str:
        own = once(
            own, "load(this.path, (error, value) => {\n", "load(this.path).then(\n      (value) => {\n"
        )
        return re.sub(
            r"      if \(!error\) \{\n        (.*)\n      \}\n      ready\(error\);\n    \}\);",
            (r"        \1\n        ready(null);\n      },\n      (error) => ready(error),\n    );"),
            own,
        )

    def replayed(own: str) -> str:
        own = once(own, "load(path, (error, recording) => {\n", "load(path).then((recording) => {\n")
        own = re.sub(r"    if \(error\) \{\n      done\(error\);\n      return;\n    \}\n", "", own)
        return once(own, "  });\n}", "  }, done);\n}")

    return {
        STORE: store,
        MEMORY: within(memory, block(memory, r"^  open\(ready\)"), opened),
        REPLAY: within(replay, block(replay, r"^export function replay"), replayed),
    }


def _parts_inlined(files: Files) -> Changed:
    pattern, memory = files[PATTERN], files[MEMORY]
    span = block(pattern, r"^export function parts")
    value = first(span.of(pattern), r"return (.*);$")[1]

    def inlined(text: str) -> str:
        return re.sub(r"\bparts\((\w+)\)", lambda call: re.sub(r"\bname\b", call[1], value), text)

    doc = first(pattern, r"^/\*\* The parts of a name.*\n")
    pattern = pattern[: doc.start()] + pattern[span.end :].lstrip("\n")
    memory = re.sub(r"^import \{ parts \}.*\n", "", memory, flags=re.MULTILINE)
    return {PATTERN: inlined(pattern), MEMORY: inlined(memory)}


def _extracted(files: Files) -> Changed:
    text = files[BUS]
    lines = selection(r"^      const at = this\.#listeners\.indexOf", r"^      \}$")(text)
    body = re.sub(r"^  ", "", lines.of(text), flags=re.MULTILINE)
    text = text[: lines.start] + "      this.#remove(entry);" + text[lines.end :]
    return {BUS: before(text, r"^  /\*\* The same for the next", f"  #remove(entry) {{\n{body}\n  }}\n\n")}


def _awaited(files: Files) -> Changed:
    def awaited(own: str) -> str:
        return once(
            once(own, "  hushed(work) {", "  async hushed(work) {"), "return work();", "return await work();"
        )

    return {BUS: within(files[BUS], block(files[BUS], r"^  hushed\(work\)"), awaited)}


CASES = (
    Case(
        "js-convert-promise",
        "javascript",
        JAVASCRIPT,
        STORE,
        "convert-promise",
        cursor(r"^export function (load)"),
        _promised,
        (
            Linked(),
            Has(STORE, r"function load\(path\)", 1),
            Has("", r"\bload\(\w[\w.]*, ", 0),
            Runs(_KEPT, _COUNTED),
        ),
    ),
    Case(
        "js-inline-function",
        "javascript",
        JAVASCRIPT,
        PATTERN,
        "inline-function",
        cursor(r"^export function (parts)"),
        _parts_inlined,
        (
            Linked(),
            Has("", r"\bparts\(", 0),
            Runs(_BUS, _HEARD),
            Runs(_KEPT, _COUNTED),
        ),
    ),
    Case(
        "js-rename-concept",
        "javascript",
        JAVASCRIPT,
        MEMORY,
        "rename-concept",
        cursor(r"^  (note)\(event\)"),
        lambda files: renamed(files, "note", "record"),
        (
            Gone("note"),
            Linked(),
            Has("", r"\brecord\(event\)", 2),
            Runs(_KEPT, _COUNTED),
        ),
        answer="record",
    ),
    Case(
        "js-extract-function",
        "javascript",
        JAVASCRIPT,
        BUS,
        "extract-function",
        selection(r"^      const at = this\.#listeners\.indexOf", r"^      \}$"),
        _extracted,
        (
            CommentsKept(BUS),
            Runs(_BUS, _HEARD),
            Has(BUS, r"\.splice\(at, 1\)", 1),
            Has(BUS, r"^(?:  #?\w+|function \w+)\(\w*(?:, \w+)*\) \{$", 5),
        ),
    ),
    Case(
        "js-convert-async",
        "javascript",
        JAVASCRIPT,
        BUS,
        "convert-async",
        cursor(r"^  (hushed)\(work\)"),
        _awaited,
        (
            Has(BUS, r"async hushed\(work\)", 1),
            Has(BUS, r"await work\(\)", 1),
            Runs(_BUS, _HEARD),
        ),
    ),
)
