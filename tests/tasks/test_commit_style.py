from __future__ import annotations

from typing import Any

import pytest

from emberline.tasks.commit.dress import dressed, kind_of, shortened, stripped
from emberline.tasks.commit.facts import Deed, FileFacts, Symbol
from emberline.tasks.commit.reading import Reading
from emberline.tasks.commit.style import Prefix, Style, bare, learnt, ticket_in
from emberline.tasks.commit.verbs import _ALL, Mood, inflected, mood_of, verb_of

PLAIN = ["Add a cache", "Fix the reader", "Remove old code", "Rename close to shut", "Document the store"]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (PLAIN, {"prefix": Prefix.NONE, "mood": Mood.IMPERATIVE, "is_capital": True, "full_stop": False}),
        (
            ["Added a cache.", "Fixed it.", "Removed code.", "Made it so.", "Wrote tests."],
            {"mood": Mood.PAST, "full_stop": True},
        ),
        ([each.lower() for each in PLAIN], {"is_capital": False}),
        (["adds a", "fixes b", "removes c", "makes d", "moves e"], {"mood": Mood.THIRD, "is_capital": False}),
        (
            ["One thing in one place", "A table of names", "The reader rests", "Names first", "Shorter"],
            {"mood": Mood.FREE},
        ),
        (
            [
                "feat(store): add a",
                "fix(store): mend b",
                "feat(cli): add c",
                "docs: d is told",
                "fix: stop e",
            ],
            {
                "prefix": Prefix.CONVENTIONAL,
                "types": ("feat", "fix", "docs"),
                "scopes": ("store", "cli"),
                "scope_is_usual": True,
            },
        ),
        (
            ["net/http: fix a", "net: add b", "os: remove c", "runtime, os: handle d", "net/http: test e"],
            {"prefix": Prefix.AREA, "is_capital": False},
        ),
        (
            ["[core] Fix a", "[core] Add b", "[ui] Add c", "[ui] Drop d", "[ui] Fix e"],
            {"prefix": Prefix.BRACKETED, "scopes": ("ui", "core")},
        ),
        (
            ["AB-1: Add a", "AB-12: Fix b", "AB-3: Drop c", "Merge of it", "AB-5: Fix e"],
            {"projects": ("AB",), "ticket_opens": "", "ticket_closes": ": "},
        ),
        (["[AB-1] Add a"] * 5, {"projects": ("AB",), "ticket_opens": "[", "ticket_closes": "] "}),
        (
            ["Add a (#12)", "Fix b (#13)", "Fix c (#14)", "Fix d (#15)", "Fix e (#16)"],
            {"prefix": Prefix.NONE, "mood": Mood.IMPERATIVE},
        ),
        (
            [":bug: Fix a", "✨ Add b", "🎨 Format c", ":memo: Document d", "🐛 Fix e"],
            {"mood": Mood.IMPERATIVE},
        ),
        ([f"{each}\n\n- why\n- how" for each in PLAIN], {"body_is_usual": True, "bullets": True}),
        ([f"{each}\n\nBecause of this." for each in PLAIN], {"body_is_usual": True, "bullets": False}),
        ([f"{each}\n\nSigned-off-by: A <a@b>\nChange-Id: I12" for each in PLAIN], {"body_is_usual": False}),
        (
            [
                "Fügt den Cache für die Datei hinzu",
                "Entfernt die alte Datei",
                "Der Leser wird nicht mehr gestört",
                "Behebt den Fehler mit der Zeit",
                "Ein Test für das Lesen",
            ],
            {"language": "German"},
        ),
        (
            [
                "Corrige le cache pour les fichiers",
                "Ajout des tests dans le lecteur",
                "Suppression du code et des noms",
                "Ajoute une option pour la sortie",
                "Corrige la date",
            ],
            {"language": "French"},
        ),
        (
            ["キャッシュを追加する", "テストを直す", "名前を変える", "読み込みを速くする", "文書を書く"],
            {"language": "Japanese"},
        ),
        (["Add a"] * 4, {"seen": 4, "mood": Mood.IMPERATIVE}),
        ([], {"seen": 0, "most_chars": 72}),
        ([*PLAIN, "fixup! Add a cache", 'Revert "Add a cache"', "v1.2", "1.2.3"], {"seen": 5}),
        (["A" * 300 + " long one"] * 9, {"most_chars": 100}),
        (["Add it"] * 9, {"most_chars": 50}),
    ],
)
def test_a_style_is_learnt(messages: list[str], expected: dict[str, Any]) -> None:
    style = learnt(messages)
    assert {name: getattr(style, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("branch", "ticket"),
    [
        ("feature/AB-12-faster", "AB-12"),
        ("ab-12", "AB-12"),
        ("AB-12", "AB-12"),
        ("add-2-things", ""),
        ("release-2", ""),
        ("CRAB-12", ""),
        ("", ""),
    ],
)
def test_a_ticket_is_one_of_the_repositorys_projects(branch: str, ticket: str) -> None:
    assert ticket_in(branch, ("AB", "XY")) == ticket


@pytest.mark.parametrize("verb", sorted(_ALL))
def test_every_form_leads_back_to_its_verb(verb: str) -> None:
    for mood in (Mood.IMPERATIVE, Mood.PAST, Mood.GERUND, Mood.THIRD):
        form = inflected(verb, mood)
        assert verb_of(form.title()) == verb
    assert mood_of(verb) is Mood.IMPERATIVE


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("add", "added adding adds"),
        ("fix", "fixed fixing fixes"),
        ("copy", "copied copying copies"),
        ("drop", "dropped dropping drops"),
        ("use", "used using uses"),
        ("make", "made making makes"),
        ("destroy", ""),
        ("display", "displayed displaying displays"),
        ("flush", "flushed flushing flushes"),
    ],
)
def test_forms(verb: str, forms: str) -> None:
    if forms:
        moods = (Mood.PAST, Mood.GERUND, Mood.THIRD)
        assert " ".join(inflected(verb, mood) for mood in moods) == forms
    else:
        assert verb_of(verb) == ""


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ('"Add a cache."', "Add a cache"),
        ("```\nAdd a cache\n```", "Add a cache"),
        ("feat(store): add a cache", "add a cache"),
        ("Subject: Add a cache", "Add a cache"),
        ("**Commit message:** Add a cache", "Add a cache"),
        ("This commit adds a cache", "adds a cache"),
        ("The change is about caching it", "caching it"),
        ("Add a cache (#12)", "Add a cache"),
        ("AB-12: Add a cache", "Add a cache"),
        ("Add `Store.close`", "Add Store.close"),
        ("✨ Add a cache", "Add a cache"),
        ("Add a cache\n\nIt is fast.", "Add a cache"),
        ("", ""),
        ("``` ```", ""),
    ],
)
def test_what_was_not_asked_for_goes(told: str, words: str) -> None:
    assert stripped(told) == words


def facts(path: str = "src/store.py", deed: Deed = Deed.CHANGED, **more: Any) -> FileFacts:
    return FileFacts(
        path,
        more.pop("old_path", path),
        deed,
        more.pop("reading", Reading.WHOLE),
        **{"added": 3, "deleted": 1} | more,
    )


@pytest.mark.parametrize(
    ("style", "subject"),
    [
        (Style(), "Add a cache"),
        (Style(mood=Mood.PAST, full_stop=True), "Added a cache."),
        (Style(mood=Mood.THIRD, is_capital=False), "adds a cache"),
        (Style(mood=Mood.GERUND), "Adding a cache"),
        (Style(Prefix.CONVENTIONAL, ("feat", "fix"), is_capital=False), "feat: add a cache"),
        (
            Style(Prefix.CONVENTIONAL, ("feat",), ("store",), True, is_capital=False),
            "feat(store): add a cache",
        ),
        (Style(Prefix.CONVENTIONAL, ("feat",), ("cli",), True, is_capital=False), "feat: add a cache"),
        (Style(Prefix.AREA, (), ("src/store", "src"), True, is_capital=False), "src: add a cache"),
        (Style(Prefix.AREA, (), ("cli",), True), "Add a cache"),
        (Style(Prefix.BRACKETED, (), ("Store",), True), "[Store] Add a cache"),
        (Style(projects=("AB",), ticket_opens="[", ticket_closes="] "), "[AB-7] Add a cache"),
    ],
)
def test_the_repositorys_clothes(style: Style, subject: str) -> None:
    ticket = "AB-7" if style.projects else ""
    assert dressed("adds a cache", style, [facts()], ticket) == subject


def test_a_name_keeps_its_spelling_at_the_beginning() -> None:
    symbols = (Symbol(Deed.CHANGED, "close", "function"),)
    assert dressed("close waits", Style(mood=Mood.FREE), [facts(symbols=symbols)]) == "close waits"
    lower = Style(is_capital=False, mood=Mood.FREE)
    assert dressed("HTTP is faster", lower, [facts()]) == "HTTP is faster"
    assert dressed("README tells more", lower, [facts()]) == "README tells more"


@pytest.mark.parametrize(
    ("words", "files", "types", "kind"),
    [
        ("add a cache", [facts()], (), "feat"),
        ("fix the reader", [facts()], (), "fix"),
        ("add a chapter", [facts("README.md"), facts("docs/a.md")], (), "docs"),
        ("fix a test", [facts("tests/test_a.py")], ("feat", "fix", "test"), "test"),
        ("fix a test", [facts("tests/test_a.py")], ("feat", "fix"), "fix"),
        ("add a job", [facts(".github/workflows/ci.yml")], (), "ci"),
        ("use another name", [facts()], ("feat", "fix", "refactor"), "refactor"),
        ("the store", [facts(symbols=(Symbol(Deed.ADDED, "a", "function"),))], (), "feat"),
        ("raise it", [facts("pyproject.toml"), facts("uv.lock", reading=Reading.LOCK)], (), "build"),
        ("move it", [facts("b.py", old_path="a.py", added=0, deleted=0)], (), "refactor"),
        ("whatever", [facts()], ("chore",), "chore"),
    ],
)
def test_types_of_conventional_commits(
    words: str, files: list[FileFacts], types: tuple[str, ...], kind: str
) -> None:
    assert kind_of(words, files, types) == kind


@pytest.mark.parametrize(
    ("words", "most", "short"),
    [
        ("Add a cache", 50, "Add a cache"),
        ("Add a cache for files, so that they open faster", 30, "Add a cache for files"),
        ("Add a cache and another cache and more of it", 30, "Add a cache and another cache"),
        ("Add acacheofverylongnameswithoutanyplacetocut", 30, ""),
    ],
)
def test_what_is_too_long_ends_behind_a_clause(words: str, most: int, short: str) -> None:
    assert shortened(words, most) == short


def test_bare_words() -> None:
    assert bare("AB-1: feat(x)!: ✨ add it (#3)") == "add it"
