"""A real VS Code, driven: keys and screen through its page, its API through its extension host."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import psutil

from . import binaries

PATIENCE_S = 90.0
"""Seconds until a test gives up waiting; other tests run beside it. Nothing passes or fails by being fast."""
WARM_S = 120.0
"""A model server that did not answer at once, on a busy machine, is looked at again after half a minute."""
HERE = Path(__file__).parent

GHOST = "[...document.querySelectorAll('.ghost-text-decoration')].map(e => e.textContent).join('')"
"""All of the ghost text on one line. VS Code writes no-break spaces for blanks."""
INPUT = ".monaco-editor .native-edit-context, .monaco-editor textarea"
CURSOR = "document.querySelector('[id=\"status.editor.selection\"]')?.innerText"
PICK = ".quick-input-widget"
SHOWN_PAGE = "(shown => shown && ({code}))(document.getElementById('active-frame')?.contentDocument)"
"""A webview's own frame holds the one with what is shown, in which no script may run."""
STATUS = "document.querySelector('[id=\"emberline.emberline.emberline.status\"]')"


def wait_until(look: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Polls until `look()` is true and returns that; AssertionError when it does not become so."""
    deadline = time.monotonic() + patience_s
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return found


def alive(process: psutil.Process) -> bool:
    """Whether it still runs; one that only waits to be reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Browser:
    """Chromium, by a Node process that speaks JSON lines."""

    def __init__(self) -> None:
        chromium = binaries.chromium()
        command = [str(binaries.node()), str(HERE / "browser.mjs"), str(chromium.executable)]
        self._process = subprocess.Popen(
            [*command, str(binaries.EXTENSION)],
            env=os.environ | chromium.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._asked = 0

    def do(self, verb: str, page: str, **told: object) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._asked += 1
        line = json.dumps({"id": self._asked, "do": verb, "page": page, **told})
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the browser is gone"
        result = json.loads(answer)
        assert "error" not in result, f"{verb}: {result['error']}"
        return result["value"]

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.communicate()  # the end of its input ends it


class Code:
    """VS Code's server part and what runs below it, for any number of windows."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, object],
        environment: Mapping[str, str],
        looks: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        """`settings` are the machine's, `looks` the user's."""
        self.folder = folder
        self.extension = binaries.extension()  # first: the browser is driven by its packages
        self.browser = Browser()
        self.hosts = folder / "hosts"
        self.hosts.mkdir(parents=True)
        for scope, said in (("Machine", dict(settings)), ("User", {**QUIET, **looks})):
            place = folder / "data" / "data" / scope
            place.mkdir(parents=True)
            (place / "settings.json").write_text(json.dumps(said), "utf-8")
        self.port = _free_port()
        command = [str(binaries.node()), str(binaries.code() / "out" / "server-main.js")]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--without-connection-token"]
        command += ["--accept-server-license-terms", "--server-data-dir", str(folder / "data")]
        command += ["--extensions-dir", str(folder / "extensions"), "--telemetry-level", "off"]
        command += ["--enable-smoke-test-driver"]
        self._log = (folder / "server.log").open("wb")
        self.process = psutil.Popen(
            command,
            env={**os.environ, **environment, "EMBERLINE_TEST_HOSTS": str(self.hosts)},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        wait_until(lambda: _answers(self.port), "VS Code did not start")

    def open(self, folder: Path, width: int = 1100, height: int = 700, scale: int = 1) -> Window:
        """A window on this folder, or on this `.code-workspace`, once its extension host can be spoken to."""
        known = set(self.hosts.glob("*.json"))
        at = f"vscode-remote://127.0.0.1:{self.port}"
        payload = [
            ["extensionDevelopmentPath", f"{at}{self.extension}"],
            ["extensionTestsPath", f"{at}{HERE / 'host.cjs'}"],
        ]
        kind = "workspace" if folder.suffix == ".code-workspace" else "folder"
        told = f"{kind}={quote(str(folder))}&payload={quote(json.dumps(payload))}"
        url = f"http://127.0.0.1:{self.port}/?{told}"
        name = str(folder)
        self.browser.do("open", name, url=url, width=width, height=height, scale=scale)
        wait_until(lambda: set(self.hosts.glob("*.json")) - known, "no extension host")
        (host_file,) = set(self.hosts.glob("*.json")) - known
        host = json.loads(host_file.read_text("utf-8"))
        return Window(self.browser, name, folder, host["port"], psutil.Process(host["pid"]))

    def close(self) -> None:
        below = self.process.children(recursive=True)
        self.browser.close()
        self.process.terminate()
        self.process.wait()
        # Its end leaves extension hosts waiting for a window that comes back.
        for process in below:
            if alive(process):
                process.kill()
        self._log.close()


@dataclass(frozen=True, slots=True)
class Window:
    """One window."""

    browser: Browser
    name: str
    folder: Path
    port: int
    host: psutil.Process
    """The extension host."""

    # Its API

    def api(self, code: str, *args: object) -> Any:
        """What this JavaScript returns in the extension host, with `vscode` and `args` in reach."""
        body = json.dumps({"code": code, "args": args}).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", body, timeout=PATIENCE_S) as answer:
            result = json.loads(answer.read())
        assert "error" not in result, result["error"]
        return result["value"]

    def command(self, name: str, *args: object) -> Any:
        return self.api("return vscode.commands.executeCommand(args[0], ...args.slice(1))", name, *args)

    def start(self, name: str, *args: object) -> None:
        """Runs a command that waits for the user."""
        self.api("void vscode.commands.executeCommand(args[0], ...args.slice(1))", name, *args)

    def edit(self, name: str, text: str, language: str = "python") -> None:
        """Opens a file with this text, alone, the cursor at the place of "|" or at its end."""
        before, _, behind = text.partition("|")
        (self.folder / name).write_bytes((before + behind).encode())
        self.api(
            """
            await vscode.commands.executeCommand('workbench.action.files.revert');
            await vscode.commands.executeCommand('workbench.action.closeAllEditors');
            const uri = vscode.Uri.file(args[0]);
            const document = await vscode.workspace.openTextDocument(uri);
            await vscode.languages.setTextDocumentLanguage(document, args[2]);
            const editor = await vscode.window.showTextDocument(document);
            const place = document.positionAt(args[1]);
            editor.selection = new vscode.Selection(place, place);
            editor.revealRange(editor.selection);
            """,
            str(self.folder / name),
            len(before.encode("utf-16-le")) // 2,
            language,
        )
        self.page(
            "document.querySelector('.monaco-editor .native-edit-context, .monaco-editor textarea').focus()"
        )
        line = before.count("\n") + 1
        column = len(before.rpartition("\n")[2].encode("utf-16-le")) // 2 + 1
        self._becomes(lambda: str(self.page(CURSOR)), f"Ln {line}, Col {column}", "the cursor's place")

    def wake(self) -> None:
        """Types until VS Code asks for suggestions: in a window's first editor it takes a while to begin."""
        self.edit("wake.txt", "", "plaintext")

        def asked() -> bool:
            self.type(" ")
            time.sleep(0.3)  # it asks only after a pause
            return self.counted("requests") > 0

        wait_until(asked, "VS Code asks nothing")

    def text(self) -> str:
        return str(self.api("return vscode.window.activeTextEditor?.document.getText() ?? ''"))

    def holds(self, text: str) -> None:
        """Waits until the document's text is this."""
        self._becomes(self.text, text, "the document")

    def trust(self) -> None:
        """Trusts the opened folder, by the button of the page where one does."""
        press = (
            "[...document.querySelectorAll('.workspace-trust-editor a.monaco-button')]"
            ".find(e => e.textContent === 'Trust')?.click()"
        )

        def trusted() -> bool:
            if self.api("return vscode.workspace.isTrusted"):
                return True
            self.command("workbench.trust.manage")  # again, for the walkthrough may come and cover it
            self.page(press)
            return False

        wait_until(trusted, "the folder is not trusted")
        self.command("workbench.action.closeAllEditors")

    # Its page

    def page(self, code: str) -> Any:
        """What this JavaScript expression is in the page."""
        return self.browser.do("evaluate", self.name, code=code)

    def inside(self, code: str) -> Any:
        """What this JavaScript is in the document of a webview, named `shown`, where it is anything."""
        return self.browser.do("inside", self.name, code=SHOWN_PAGE.format(code=code))

    def click_inside(self, selector: str) -> None:
        """Clicks what a webview shows."""
        self.browser.do("clickInside", self.name, selector=selector)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.browser.do("press", self.name, keys=key)

    def type(self, text: str, delay_ms: int = 0) -> None:
        self.browser.do("type", self.name, text=text, delay=delay_ms)

    def click(self, selector: str, index: int = 0) -> None:
        self.browser.do("click", self.name, selector=selector, index=index)

    def ghost(self) -> str:
        """The ghost text on the screen; empty where there is none."""
        return str(self.page(GHOST)).replace("\N{NO-BREAK SPACE}", " ").replace("·", " ")

    def shows(self, ghost: str) -> None:
        """Waits until this ghost text is on the screen."""
        self._becomes(self.ghost, ghost, "the ghost text")

    def status(self) -> str:
        """What a screen reader says of the item in the status bar."""
        return str(self.page(f"{STATUS}?.querySelector('a')?.getAttribute('aria-label') ?? ''"))

    def until_status(self, part: str) -> None:
        """Waits until that is said."""
        deadline = time.monotonic() + PATIENCE_S
        while part not in (seen := self.status()):
            assert time.monotonic() < deadline, f"the status is {seen!r}, without {part!r}"
            time.sleep(0.02)

    def report(self) -> dict[str, Any]:
        """`emberline/status`, by what the extension exports; empty while no server runs."""
        ours = "vscode.extensions.getExtension('emberline.emberline')"
        return dict(self.api(f"return (await {ours}.activate()).report()") or {})

    def until_warm(self) -> None:
        """Waits until the server says so, and the status bar too."""
        warm = "no warm model"
        wait_until(lambda: str(self.report().get("message", "")).endswith("warm"), warm, WARM_S)
        self.until_status("Emberline: warm")

    def counted(self, name: str) -> int:
        """One of the server's counts."""
        return int(self.report()["stats"].get(name, 0))

    def choose(self, label: str) -> None:
        """Chooses the entry of the open quick pick that has this label."""
        entry = f"{PICK} .monaco-list-row:has-text({json.dumps(label)})"
        self.click(entry)

    def picture(self, path: Path, clip: Mapping[str, int] | None = None) -> None:
        self.browser.do("screenshot", self.name, path=str(path), clip=clip)

    # Its processes

    def servers(self) -> list[psutil.Process]:
        """The language servers of this window."""
        found = []
        for process in self.host.children(recursive=True):
            try:
                if "serve" in process.cmdline() and alive(process):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def close(self) -> None:
        self.browser.do("close", self.name)

    def _becomes(self, look: Callable[[], str], expected: str, what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while (seen := look()) != expected:
            assert time.monotonic() < deadline, f"{what} is {seen!r} instead of {expected!r}"
            time.sleep(0.02)


QUIET: Mapping[str, object] = {
    "security.workspace.trust.startupPrompt": "never",
    "security.workspace.trust.banner": "never",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "files.autoSave": "off",
    "chat.disableAIFeatures": True,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "git.enabled": False,
    "editor.cursorBlinking": "solid",
    "editor.minimap.enabled": False,
    "extensions.ignoreRecommendations": True,
    "editor.accessibilitySupport": "off",
    "editor.wordBasedSuggestions": "off",
}
"""Nothing that opens, moves or blinks by itself. Below a list of words only what extends its entry shows."""


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
