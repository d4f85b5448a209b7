"""Everyday tasks in a real VS Code: where they stand, what comes of them, and that their pages do nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Stage
from .test_looks import SET_THEME
from .window import PICK, Window, wait_until

pytestmark = pytest.mark.editor

CODE = '"""Retries of uploads."""\n\nRETRY_LIMIT = 7\n\n\ndef retries():\n    return RETRY_LIMIT\n'
QUESTION = "What is the retry limit of uploads?"
ANSWER = "The retry limit of uploads is RETRY_LIMIT = 7 [1]."
LOG = "".join(f"2026-05-01 10:00:{second:02} ERROR disk full on /srv\n" for second in range(20))
NOTICE = ".notifications-center .notification-list-item"


def says(stage: Stage, text: str, *before: dict[str, object]) -> None:
    """The model gives this answer to whatever it is asked in a chat."""
    lines = [{"model": "m", "message": {"role": "assistant", "content": text}, "done": False}]
    lines.append({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True})
    lines[-1] |= {"done_reason": "stop", "prompt_eval_count": 10, "eval_count": 10}
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"
    body = "".join(json.dumps(line) + "\n" for line in lines)
    stage.ollama.script(path="/api/chat", steps=[*before, {"send": head + body}])


def page(window: Window, title: str) -> str:
    """The text of the page with this title, once it is shown."""
    shown = f"shown.title.startsWith({json.dumps(title)}) && shown.body.innerText"
    return str(wait_until(lambda: window.inside(shown), f"no page {title!r}"))


def notices(window: Window) -> str:
    """What the list of notifications holds; a VS Code under test shows them nowhere else."""
    window.command("notifications.showList")
    return str(window.page(f"[...document.querySelectorAll('{NOTICE}')].map(e => e.innerText).join()"))


def notified(window: Window, words: str) -> None:
    wait_until(lambda: words in notices(window), f"nobody says {words!r}")


def asks(window: Window, question: str) -> None:
    window.start("emberline.askWorkspace")
    wait_until(lambda: window.page("document.activeElement?.tagName") == "INPUT", "nobody asks what")
    window.type(question)
    window.press("Enter")


def cleared(window: Window) -> None:
    window.command("notifications.clearAll")
    window.command("notifications.hideList")
    window.command("workbench.action.revertAndCloseActiveEditor")
    window.command("workbench.action.closeAllEditors")


@pytest.fixture
def calm(stage: Stage, window: Window) -> Iterator[Window]:
    yield window
    cleared(window)
    stage.ollama.script(path="/api/chat", steps=[])


def test_an_answer_leads_to_its_place(stage: Stage, calm: Window) -> None:
    window = calm
    window.edit("uploads.py", CODE)
    says(stage, ANSWER)
    asks(window, QUESTION)
    text = page(window, QUESTION)
    assert ANSWER.removesuffix(".") in text
    assert "uploads.py:" in text
    last = text.rstrip().splitlines()[-1]
    assert last.startswith("Computed by ")
    assert "on this machine" in last
    window.command("workbench.action.closeActiveEditor")
    wait_until(lambda: window.text() == "", "the file is still there")
    window.click_inside("a:text-is('[1]')")
    window.holds(CODE)


def test_a_page_fetches_and_runs_nothing(stage: Stage, calm: Window) -> None:
    """What a model says is anybody's: a picture in it would carry a text away."""
    fetched = f"{stage.ollama.url}/secret"
    window = calm
    window.edit("notes.md", "# Plan\n\nWe ship the parser on Monday.\n\n## Risk\n\nThe lexer is late.\n")
    says(stage, f"The parser ships on Monday. ![x]({fetched}) <img src='{fetched}'> <b>bold</b>")
    window.start("emberline.summarizeDocument")
    text = page(window, "Summary of notes.md")
    assert "Computed by" in text
    assert window.inside("shown.querySelectorAll('img, b, script, link').length === 0")
    assert stage.ollama.requests("/secret") == []


def test_a_log_and_a_selection_are_summarized(stage: Stage, calm: Window) -> None:
    window = calm
    says(stage, "The disk was full 20 times.")
    window.edit("run.log", LOG, "plaintext")
    window.command("emberline.summarizeThisLog")
    text = page(window, "Summary of run.log")
    assert "disk full on" in text
    assert "20" in text
    window.edit("uploads.py", CODE)
    window.command("editor.action.selectAll")
    window.start("emberline.summarizeSelection")
    page(window, "Summary of uploads.py, lines 1 to 7")


def test_an_order_is_stopped(stage: Stage, calm: Window) -> None:
    """By the notification's button: nothing is shown, and the model goes on with nothing."""
    window = calm
    window.edit("uploads.py", CODE)
    stage.ollama.script(path="/api/chat", steps=[{"stall": True}])
    asks(window, QUESTION)
    notified(window, f"{QUESTION}: asking ")
    window.click(f"{NOTICE} .monaco-button:has-text('Cancel')")
    stage.ollama.until_gone("/api/chat")
    wait_until(lambda: "retry limit" not in notices(window), "it is still said to go on")
    assert not window.inside("shown.title.startsWith('What is the retry')")


def test_the_report_opens_and_follows_the_theme(stage: Stage, calm: Window) -> None:
    window = calm
    window.click('[id="emberline.emberline.emberline.status"]')
    window.choose("Open the report")
    assert "Emberline" in page(window, "Emberline:")
    ground = "shown.title.startsWith('Emberline:') && getComputedStyle(shown.body).backgroundColor"
    seen = []
    try:
        for theme, kind in (("Default Light Modern", "vscode-light"), ("Default Dark Modern", "vscode-dark")):
            window.api(SET_THEME, theme)
            there = (
                f"shown.title.startsWith('Emberline:') && shown.body.classList.contains('{kind}') && {ground}"
            )
            seen.append(wait_until(lambda: window.inside(there), f"the page is not {kind}"))  # noqa: B023
    finally:
        window.api(SET_THEME)
    assert seen[0] != seen[1]


# -- commits ------------------------------------------------------------------------------------------

MESSAGE = {"subject": "Add retries of uploads"}


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def repository(stage: Stage, trusted: Window) -> Iterator[Window]:
    """A window on a folder with a repository, in which VS Code's Git support is on."""
    folder = stage.folder / "repository"
    (folder / ".vscode").mkdir(parents=True)
    (folder / ".vscode" / "settings.json").write_text(json.dumps({"git.enabled": True}), "utf-8")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    (folder / "README.md").write_text("# Uploads\n", "utf-8")
    git(folder, "add", "README.md")
    git(folder, "commit", "--quiet", "--message", "Begin")
    (folder / "uploads.py").write_text(CODE, "utf-8")
    git(folder, "add", "uploads.py")
    window = stage.code.open(folder)
    window.trust()
    window.until_warm()
    window.command("workbench.view.scm")
    found = (
        "const git = vscode.extensions.getExtension('vscode.git'); "
        "return (await git?.activate())?.getAPI(1).repositories.length"
    )
    wait_until(lambda: window.api(found) == 1, "VS Code finds no repository")
    yield window
    window.close()


def box(window: Window) -> str:
    """What stands in the box for the message."""
    api = "vscode.extensions.getExtension('vscode.git').exports.getAPI(1).repositories[0]"
    return str(window.api(f"return {api}.inputBox.value"))


def test_the_message_goes_into_the_box(stage: Stage, repository: Window) -> None:
    button = "[aria-label='Write a Commit Message']"
    says(stage, json.dumps(MESSAGE))
    wait_until(lambda: repository.page(f'document.querySelector("{button}")'), "no button")
    repository.click(button)
    wait_until(lambda: box(repository), "no message")
    assert box(repository).startswith("Add retries of uploads")
    on_screen = "document.querySelector('.scm-input, .scm-editor').innerText.replaceAll('\\u00a0', ' ')"
    wait_until(lambda: "Add retries of uploads" in repository.page(on_screen), "it is not on the screen")
    notified(repository, "on this machine: ")
    repository.command("notifications.clearAll")


def test_a_message_that_is_there_is_asked_about(stage: Stage, repository: Window) -> None:
    api = "vscode.extensions.getExtension('vscode.git').exports.getAPI(1).repositories[0]"
    repository.api(f"{api}.inputBox.value = 'Mine'")
    says(stage, json.dumps(MESSAGE))
    rows = f"[...document.querySelectorAll('{PICK} .monaco-list-row')].map(e => e.innerText).join()"
    for entry, after in (("Keep", "Mine"), ("Replace", "Add retries of uploads")):
        repository.start("emberline.writeCommitMessage")
        wait_until(lambda: "Mine" in str(repository.page(rows)), "nobody asks")
        assert box(repository) == "Mine"
        repository.choose(entry)
        wait_until(
            lambda: not repository.page(f"document.querySelector('{PICK}').offsetHeight"), "it asks on"
        )
        wait_until(lambda: box(repository).startswith(after), "another message")  # noqa: B023


def test_without_anything_staged_it_says_so(stage: Stage, repository: Window) -> None:
    git(stage.folder / "repository", "reset", "--quiet")
    repository.start("emberline.writeCommitMessage")
    notified(repository, "othing is staged")
