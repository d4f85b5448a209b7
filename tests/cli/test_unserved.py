"""`complete` and `route` on what completion leaves alone: which setting, file or name says so."""

from __future__ import annotations

import pytest

from emberline import cli
from tests.routing.served import Place

EXCLUDED = "no model may read this file: "


@pytest.mark.parametrize(
    ("file", "config", "ignore", "words"),
    [
        (
            "a.py",
            "completion:\n  enabled: false\n",
            "",
            "completion is switched off: completion.enabled is false (set by {config}:2)",
        ),
        (
            "a.py",
            "completion: {disabled_languages: [go, python]}\n",
            "",
            "completion is switched off for python by completion.disabled_languages (set by {config}:1)",
        ),
        (
            "inner/a.py",
            "privacy:\n  exclude: [docs/, 'inn*/']\n",
            "",
            EXCLUDED + "privacy.exclude names it by 'inn*/' (set by {config}:2)",
        ),
        ("inner/a.py", "", "# mine\n*.md\ninner\n!b.py\n", EXCLUDED + "{ignore}:3 names it by 'inner'"),
        ("a.py", "", "[z-a]\n*.py\n*.py\n", EXCLUDED + "{ignore}:3 names it by '*.py'"),
        ("prod.env", "", "", EXCLUDED + "its name is one that secret files usually have"),
        (".ssh/config", "", "", EXCLUDED + "it lies where secret files usually do"),
    ],
)
def test_the_reason(
    file: str, config: str, ignore: str, words: str, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    path = place.write(file, "x = 1\n")
    place.write(".git/HEAD", "")
    place.configure(config)
    at = place.write(".emberlineignore", ignore)
    expected = words.format(config=place.config, ignore=at)
    assert cli.main(["complete", f"{path}:1:1"]) == 1
    assert capsys.readouterr().err == f"emberline: {expected}\n"
    assert cli.main(["route", str(path)]) == 1
    assert capsys.readouterr().out == f"completion → nowhere: {expected}\n"


def test_a_link_is_what_it_leads_to(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    path = place.folder / "b.py"
    path.symlink_to(place.write("id_rsa", "x"))
    assert cli.main(["complete", f"{path}:1:1"]) == 1
    assert "its name is one that secret files usually have" in capsys.readouterr().err


def test_what_is_switched_off_for_completion_is_routed_for_other_tasks(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.configure("completion: {enabled: false}\nprivacy: {exclude: [b.py]}\n")
    place.write("b.py", "")
    cli.main(["route", "a.py", "--task", "explain"])
    assert "switched off" not in capsys.readouterr().out
    assert cli.main(["route", "b.py", "--task", "explain"]) == 1
    assert "privacy.exclude names it by 'b.py'" in capsys.readouterr().out
