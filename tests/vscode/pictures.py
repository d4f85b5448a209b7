"""Takes the pictures that the documentation shows: `python -m tests.vscode.pictures [FOLDER]`.

A real VS Code, the real server, and a model that says what is to be seen.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from tests.account.sample import fill
from tests.servers import Served, serving

from .binaries import ROOT
from .conftest import SERVER, environment
from .window import PICK, STATUS, Code, Window, wait_until

IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 900, 640
"""Room for the longest menu; each picture shows the part that matters."""
THEMES = {"light": "Default Light Modern", "dark": "Default Dark Modern"}
LOOKS = {
    "workbench.activityBar.location": "hidden",
    "workbench.layoutControl.enabled": False,
    "window.commandCenter": False,
    "window.customTitleBarVisibility": "never",
    "breadcrumbs.enabled": False,
    "editor.fontSize": 15,
    "editor.lineHeight": 24,
    "editor.folding": False,
    "editor.occurrencesHighlight": "off",
    "editor.renderLineHighlight": "none",
    "editor.overviewRulerBorder": False,
    "editor.hideCursorInOverviewRuler": True,
}

CODE = '''\
"""What the readings of a sensor come to."""

from statistics import fmean


def average(readings):
    """The mean of the readings that are there."""
    present = [each for each in readings if each is not None]
    return fmean(present)


def spread(readings):
'''
GHOST = """present = [each for each in readings if each is not None]
    return max(present) - min(present)"""
QUESTION = "Which readings does average take the mean of?"
ANSWER = "`average` takes the mean of the readings that are there: those that are not `None` [1]."
CALM_S = 0.8
"""Until nothing moves any more: menus fade in, and a theme is drawn bit by bit."""


def take(window: Window, name: str, folder: Path, height: int) -> None:
    time.sleep(CALM_S)
    for theme, title in THEMES.items():
        set_theme = "await vscode.workspace.getConfiguration().update('workbench.colorTheme', args[0], true)"
        window.api(set_theme, title)
        time.sleep(CALM_S)
        path = folder / f"vscode-{name}-{theme}.png"
        window.picture(path, {"x": 0, "y": 0, "width": WIDTH, "height": height})
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def ghost(window: Window, model: Served, folder: Path) -> None:
    model.script(text=GHOST, probabilities=False)
    window.edit("sensor.py", CODE)
    window.type("    ")
    text = "document.body.innerText.replace(/\\u00a0/g, ' ')"
    wait_until(lambda: "max(present)" in window.page(text), "no ghost text")
    take(window, "ghost", folder, HEIGHT)


def actions(window: Window, model: Served, folder: Path) -> None:
    model.script(text="")
    window.edit("sensor.py", CODE.replace("def average", "def |average"))
    window.start("editor.action.refactor")
    wait_until(lambda: window.page("document.querySelector('.action-widget')?.innerText"), "no menu")
    take(window, "actions", folder, HEIGHT)
    window.press("Escape")


def menu(window: Window, model: Served, folder: Path) -> None:
    window.edit("sensor.py", CODE)
    window.page(f"{STATUS}.querySelector('a').click()")
    rows = f"document.querySelectorAll('{PICK} .monaco-list-row').length"
    wait_until(lambda: window.page(rows), "no menu")
    take(window, "menu", folder, HEIGHT)
    window.press("Escape")


def answer(window: Window, model: Served, folder: Path) -> None:
    model.script(text=ANSWER)
    window.edit("sensor.py", CODE)
    window.start("emberline.askWorkspace")
    wait_until(lambda: window.page("document.activeElement?.tagName") == "INPUT", "nobody asks what")
    window.type(QUESTION)
    window.press("Enter")
    _reads(window, QUESTION)
    take(window, "answer", folder, HEIGHT)
    model.script(text="")


def report(window: Window, model: Served, folder: Path) -> None:
    window.command("workbench.action.closeAllEditors")
    window.start("emberline.openReport")
    _reads(window, "Emberline:")
    take(window, "report", folder, HEIGHT)


def _reads(window: Window, title: str) -> None:
    there = f"shown.title.startsWith({json.dumps(title)}) && shown.body.innerText"
    wait_until(lambda: window.inside(there), f"no page {title!r}")


def main() -> None:
    images = Path(sys.argv[1]) if sys.argv[1:] else IMAGES
    images.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="emberline") as name, serving("tests.servers.ollama") as model:
        folder = Path(name)
        work = folder / "sensors"
        work.mkdir()
        fill(folder / "state" / "ledger.sqlite3", last=date.today())
        (folder / "config.yaml").write_text(json.dumps({"engine": {"embedded": False}}), "utf-8")
        settings = {"emberline.command": SERVER}
        code = Code(folder / "code", settings, environment(folder, OLLAMA_HOST=model.url), LOOKS)
        try:
            window = code.open(work, WIDTH, HEIGHT)
            window.trust()
            window.until_warm()
            window.command("workbench.action.closeSidebar")
            window.wake()
            for show in (ghost, actions, menu, answer, report):
                show(window, model, images)
        finally:
            code.close()


if __name__ == "__main__":
    main()
