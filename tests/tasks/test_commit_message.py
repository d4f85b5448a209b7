"""The message of a commit from a real git's index, with a scripted model."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from emberline.errors import UserError
from emberline.tasks.commit import git, message
from emberline.tasks.commit.change import gathered
from emberline.tasks.commit.reading import Reading
from emberline.tasks.types import Nobody, Product
from tests.tasks.repository import Repo
from tests.tasks.scripted_router import LARGE, Heard, Scripted, as_router

BEFORE = "class Store:\n    def close(self, force):\n        return force\n"
AFTER = BEFORE.replace("force)", "force, retry=3)")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    repo = Repo(tmp_path / "work")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    return repo


def said(subject: str, **more: Any) -> str:
    return json.dumps({"subject": subject, **more})


async def made(repo: Repo, *answers: str, **more: Any) -> tuple[Product, Scripted]:
    router = Scripted(answers, folder=repo.folder, **more)
    return await message(as_router(router), repo.folder, Nobody()), router


async def test_the_models_words_in_the_repositorys_style(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    repo.commit("feat: add a store", "fix: mend it", "feat(cli): add one", "docs: tell of it", "fix: stop")
    repo.stage("store.py", AFTER)
    product, router = await made(repo, said("Lets Store.close retry."))
    assert product.text == "feat: let Store.close retry"
    assert product.notes == ("Computed by small-model on this machine: it is routine work.",)
    asked = router.asked[0].messages[1].content
    assert "- store.py: +1 -1 lines; changed method Store.close (parameter retry added)" in asked
    assert "+    def close(self, force, retry=3):" in asked
    assert "mend it" not in asked  # a small model copies what it is shown


async def test_before_the_first_commit(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    product, router = await made(repo, said("Add a store that can be closed"))
    assert product.text == "Add a store that can be closed"
    assert "- store.py: new file; +3 -0 lines; added class Store" in router.asked[0].messages[1].content


async def test_what_does_not_hold_is_asked_for_again_colder(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    repo.commit("Start")
    repo.stage("store.py", AFTER)
    product, router = await made(
        repo, said("Update code"), said("Fix #12 in Shop.open"), said("Let close retry")
    )
    assert product.text == "Let close retry"
    assert len(product.answers) == 3
    assert [each.temperature for each in router.asked] == sorted(
        (each.temperature for each in router.asked), reverse=True
    )
    assert router.asked[0].temperature > router.asked[2].temperature
    assert "Shop.open" in router.asked[2].messages[-1].content


async def test_the_facts_speak_where_no_answer_holds(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    repo.commit("Start")
    repo.stage("store.py", AFTER)
    product, router = await made(repo, *[said("Update code")] * 4)
    assert product.text == "Add retry to Store.close"
    assert len(router.asked) == 4
    assert product.notes[0] == "Asked small-model on this machine."
    assert product.notes[1].startswith("The subject says the facts alone: the model's answer is not usable")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"refusal": "no model is there"}, "no model is there"),
        ({}, "the server is gone"),
    ],
)
async def test_the_facts_speak_where_no_model_answers(repo: Repo, options: dict[str, Any], why: str) -> None:
    repo.stage("store.py", BEFORE)
    product, _ = await made(repo, **options)
    assert product.text == "Add store.py"
    assert why in product.notes[-1]


async def test_the_facts_speak_when_the_time_is_over(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    router = Scripted(folder=repo.folder, is_stuck=True)
    product = await message(as_router(router), repo.folder, Nobody(), seconds=0.05)
    assert product.text == "Add store.py"
    assert "no model had answered" in product.notes[-1]


async def test_nothing_staged_and_no_repository(repo: Repo, tmp_path: Path) -> None:
    repo.write("store.py", BEFORE)
    with pytest.raises(UserError, match="nothing is staged"):
        await made(repo)
    with pytest.raises(UserError, match="lies in no git working tree"):
        await message(as_router(Scripted()), tmp_path, Nobody())
    with pytest.raises(UserError, match="is no folder"):
        await message(as_router(Scripted()), tmp_path / "missing", Nobody())


async def test_what_no_model_may_read_is_named_and_no_more(repo: Repo) -> None:
    repo.write(".emberlineignore", "private/\n")
    repo.stage(".env", "TOKEN=deep-secret-value\n")
    repo.stage("private/plan.md", "# Take over the world\n")
    repo.stage("store.py", BEFORE)
    product, router = await made(repo, said("Add a store that can be closed"))
    asked = router.asked[0].messages[1].content
    assert "deep-secret" not in asked and "Take over" not in asked
    assert ".env" not in asked and "plan.md" not in asked
    assert "and 2 more files" in asked
    assert product.notes[-1] == "Named, not read: .env, private/plan.md."


async def test_only_private_files_ask_no_model(repo: Repo) -> None:
    repo.stage(".env", "TOKEN=1\n")
    product, router = await made(repo)
    assert (product.text, router.asked) == ("Add .env", [])
    assert product.notes[0] == "No model was asked."


async def test_each_file_has_its_own_label(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    repo.stage("inner/notes.md", "# Notes\n\nWords.\n")
    _, router = await made(repo, said("Add a store that can be closed"), local_only=("inner/",))
    assert sorted(each.level.value for each in router.labels[0]) == ["open", "strict"]


async def test_a_secret_in_the_difference_is_not_shown(repo: Repo) -> None:
    repo.stage("store.py", BEFORE + 'KEY = "ghp_q7B2c3D4e5F6g8H9i1J0kLmNoPqRsTuVwXyZ"\n')
    _, router = await made(repo, said("Add a store that can be closed"))
    assert "ghp_" not in router.asked[0].messages[1].content


async def test_lock_generated_and_binary_files_are_named_not_read(repo: Repo) -> None:
    repo.stage("uv.lock", "secret lock\n" * 500)
    repo.stage("api_pb2.py", "secret generated\n")
    repo.stage("logo.png", b"\x89PNG\0\0secret")
    repo.stage("gen/out.py", "x = 'secret'\n")
    repo.stage("huge.txt", "secret words\n" * 60_000)
    repo.stage("bundle.js", "secret=1;" * 900)
    repo.stage(".gitattributes", "gen/* linguist-generated\n")
    repo.stage("store.py", BEFORE)
    _, router = await made(repo, said("Add a store that can be closed"))
    asked = router.asked[0].messages[1].content
    assert "secret" not in asked
    for line in (
        "- uv.lock: new file; a lock file; +500 -0 lines",
        "- api_pb2.py: new file; generated",
        "- logo.png: new file; binary",
        "- gen/out.py: new file; generated",
        "- huge.txt: new file; too large",
        "- bundle.js: new file; minified",
    ):
        assert line in asked


async def test_a_long_difference_is_cut_evenly_and_said_so(repo: Repo) -> None:
    for name in ("a.py", "b.py"):
        repo.stage(
            name, "".join(f"def {name[0]}{n}(value):\n    return value + {n}\n\n\n" for n in range(400))
        )
    product, router = await made(repo, said("Add functions a0 and b0"))
    asked = router.asked[0].messages[1].content
    assert len(asked) < 20_000
    assert "def a0" in asked and "def b0" in asked and "[…]" in asked
    assert "the model saw a part" in product.notes[1]


async def test_a_cloud_reads_all_and_writes_points(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    repo.commit(*(f"Add part {n}\n\n- because of {n}" for n in range(6)))
    repo.stage("store.py", AFTER)
    repo.stage("big.py", "".join(f"def f{n}(value):\n    return value + {n}\n\n\n" for n in range(700)))
    answer = said("Let close retry", points=["Let Store.close retry", "Use backoff_seconds", "Add f699."])
    product, router = await made(repo, answer, cloud=True)
    assert "def f699" in router.asked[0].messages[1].content
    assert "Add part 3" in router.asked[0].messages[1].content
    assert product.answers[0].served is LARGE
    assert product.text == "Let close retry\n\n- Let Store.close retry\n- Add f699"
    assert product.notes[0] == "Computed by large-model in the cloud, for $0.50: it is long."


async def test_a_body_of_facts_where_bodies_are_usual(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    repo.commit(*(f"Added part {n}.\n\n- because of {n}" for n in range(6)))
    repo.stage("store.py", AFTER)
    repo.stage("use.py", "import store\n")
    product, _ = await made(repo, said("let close retry"))
    assert product.text == "Let close retry.\n\n- Added retry to Store.close\n- Added use.py"


async def test_a_ticket_of_the_branch(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    repo.commit("AB-1: Start", "AB-2: Go on", "AB-3: Stop", "AB-4: Add it", "AB-5: End")
    repo.git("checkout", "-q", "-b", "feature/ab-12-retry")
    repo.stage("store.py", AFTER)
    product, _ = await made(repo, said("Let close retry"))
    assert product.text == "AB-12: Let close retry"
    repo.git("checkout", "-q", "-b", "other")
    product, _ = await made(repo, said("Let close retry"))
    assert product.text == "Let close retry"
    assert "holds none" in product.notes[-1]


async def test_another_language_is_asked_for(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    repo.commit(
        "Fügt den Speicher für die Datei hinzu",
        "Entfernt die alte Datei nicht mehr",
        "Der Leser wird mit der Zeit schneller",
        "Behebt den Fehler bei der Eingabe",
        "Ein Test für das Lesen und Schreiben",
    )
    repo.stage("store.py", AFTER)
    product, router = await made(repo, said("close versucht es mit retry erneut"))
    assert "Write in German" in router.asked[0].messages[0].content
    assert product.text == "Close versucht es mit retry erneut"


async def test_renames_modes_links_types_and_line_ends(repo: Repo) -> None:
    repo.stage("old.py", AFTER)
    repo.stage("run.sh", "echo\n")
    repo.stage("lines.txt", "a\nb\n")
    repo.stage("typed", "x\n")
    repo.commit("Start")
    repo.git("mv", "old.py", "new.py")
    repo.git("update-index", "--chmod=+x", "run.sh")
    repo.stage("lines.txt", "a\r\nb\r\n")
    (repo.folder / "typed").unlink()
    (repo.folder / "typed").symlink_to("run.sh")
    repo.git("add", "typed")
    facts = {each.path: each for each in gathered(repo.folder, Scripted(folder=repo.folder).boundaries).facts}
    assert facts["new.py"].old_path == "old.py" and facts["new.py"].is_only_moved
    assert facts["run.sh"].remark.value == "made executable"
    assert facts["lines.txt"].remark.value == "only line ends"
    assert (facts["typed"].reading, facts["typed"].remark.value) == (Reading.LINK, "of another type")


async def test_a_submodule(repo: Repo, tmp_path: Path) -> None:
    other = Repo(tmp_path / "other")
    other.stage("a.py", "x = 1\n")
    other.commit("Start")
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.folder), "libs/other"
    )
    repo.git("commit", "-q", "-m", "Start")
    inner = repo.folder / "libs/other"
    who = ("-c", "user.name=A", "-c", "user.email=a@b")
    repo.other(inner, *who, "commit", "-q", "--allow-empty", "-m", "x")
    repo.git("add", "libs/other")
    product, router = await made(repo)
    assert (product.text, router.asked) == ("Update submodule libs/other", [])


@pytest.mark.skipif(sys.platform == "darwin", reason="its file system keeps no such names")
async def test_a_name_that_is_not_utf_8(repo: Repo) -> None:
    name = os.fsdecode(b"caf\xe9 \n.py")
    repo.stage(name, BEFORE)
    repo.stage("gr\u00fc\u00df.py", BEFORE)
    product, router = await made(repo, said("Add a store that can be closed"))
    assert "gr\u00fc\u00df.py: new file" in router.asked[0].messages[1].content
    assert product.text == "Add a store that can be closed"
    json.dumps([product.text, product.notes]).encode()


async def test_a_merge_has_gits_own_message(repo: Repo) -> None:
    repo.stage("a.py", "x = 1\n")
    repo.commit("Start")
    repo.git("checkout", "-q", "-b", "side")
    repo.stage("b.py", "y = 1\n")
    repo.commit("Side")
    repo.git("checkout", "-q", "main")
    repo.stage("c.py", "z = 1\n")
    repo.commit("Main")
    repo.git("merge", "-q", "--no-commit", "side")
    product, router = await made(repo)
    assert (product.text, router.asked) == ("Merge branch 'side'", [])


async def test_a_conflict_is_told(repo: Repo) -> None:
    repo.stage("a.py", "x = 1\n")
    repo.commit("Start")
    repo.git("checkout", "-q", "-b", "side")
    repo.stage("a.py", "x = 2\n")
    repo.commit("Side")
    repo.git("checkout", "-q", "main")
    repo.stage("a.py", "x = 3\n")
    repo.commit("Main")
    repo.tried("merge", "-q", "side")
    with pytest.raises(UserError, match=r"a\.py is in conflict"):
        await made(repo)


async def test_from_a_folder_below_in_a_worktree_and_with_an_index_of_its_own(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.stage("inner/store.py", BEFORE)
    repo.commit("Start")
    tree = tmp_path / "tree"
    repo.git("worktree", "add", "-q", str(tree), "-b", "side")
    (tree / "inner/store.py").write_text(AFTER)
    repo.other(tree, "add", ".")
    router = Scripted(folder=tree)
    assert (await message(as_router(router), tree / "inner", Nobody())).text == "Add retry to Store.close"
    # `git commit -a` and `git commit FILE` tell their programs of another index.
    repo.write("inner/store.py", AFTER)
    index = str(tmp_path / "index")
    repo.git("read-tree", "HEAD", GIT_INDEX_FILE=index)
    repo.git("add", "inner/store.py", GIT_INDEX_FILE=index)
    monkeypatch.setenv("GIT_INDEX_FILE", index)
    monkeypatch.setenv("GIT_DIR", str(repo.folder / ".git"))
    monkeypatch.chdir(repo.folder)
    assert (await message(as_router(Scripted(folder=repo.folder)), repo.folder, Nobody())).text == (
        "Add retry to Store.close"
    )
    # Those of another repository count for that one alone.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert git.at(tree).root == tree.resolve()


async def test_what_the_repository_configures_is_not_run(repo: Repo, tmp_path: Path) -> None:
    repo.stage("a.txt", "one\n")
    repo.commit("Start")
    trap = tmp_path / "ran"
    for key in ("diff.external", "diff.x.textconv", "diff.x.command", "core.fsmonitor", "core.pager"):
        repo.git("config", key, f"touch {trap};")
    repo.git("config", "diff.noprefix", "true")
    repo.git("config", "color.ui", "always")
    repo.git("config", "diff.mnemonicPrefix", "true")
    repo.write(".git/info/attributes", "*.txt diff=x\n")
    repo.write("a.txt", "one two\n")
    repo.git("-c", "core.fsmonitor=false", "add", "a.txt")
    _, router = await made(repo, said("Add two to the text"))
    assert "+one two" in router.asked[0].messages[1].content
    assert not trap.exists()


@pytest.mark.skipif(os.name != "posix", reason="the trap is a shell script")
@pytest.mark.parametrize("url", ["ssh://host.example/x", "ext::sh {trap}", "{folder}"])
async def test_what_a_partial_clone_has_not_is_not_fetched(repo: Repo, tmp_path: Path, url: str) -> None:
    """A folder from an archive can name any program for that."""
    repo.stage("store.py", BEFORE)
    repo.commit("Start")
    missing = repo.git("rev-parse", "HEAD:store.py").strip()
    ran, trap = tmp_path / "ran", tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch '{ran}'\nexit 1\n")
    trap.chmod(0o755)
    for key, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", url.format(trap=trap, folder=tmp_path)),
        ("remote.origin.uploadpack", str(trap)),
        ("core.sshCommand", str(trap)),
        ("protocol.allow", "always"),
        ("protocol.ext.allow", "always"),
    ):
        repo.git("config", key, value)
    repo.stage("store.py", AFTER)
    (repo.folder / ".git/objects" / missing[:2] / missing[2:]).unlink()
    with pytest.raises(UserError, match="not fetched: `git diff --cached`"):
        await made(repo, said("Add retry"))
    assert not ran.exists()


@pytest.mark.skipif(os.name != "posix", reason="names that only POSIX has")
async def test_no_name_begins_a_line_or_steers_a_terminal(repo: Repo) -> None:
    repo.stage("a\nSigned-off-by: Eve.py", "x = 1\n")
    repo.stage("b\x1b[2J.pem", "x = 1\n")
    product, _ = await made(repo)
    assert product.text == "Add a�Signed-off-by: Eve.py and b�[2J.pem"
    assert all(note.isprintable() for note in product.notes)


async def test_no_model_steers_a_terminal(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    product, _ = await made(repo, said("Add a store\x1b]0;x\x07"))
    assert product.text.isprintable()


async def test_its_steps_are_told(repo: Repo) -> None:
    repo.stage("store.py", BEFORE)
    heard = Heard()
    router = Scripted([said("Update code"), said("Add a store")], folder=repo.folder)
    await message(as_router(router), repo.folder, heard)
    assert heard.steps == ["reading what is staged", "asking small-model on this machine", "asking again"]
