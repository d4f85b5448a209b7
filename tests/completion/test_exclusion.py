"""What `privacy.exclude` names is neither completed nor recalled from."""

from pathlib import Path

from emberline.completion.exclusion import Exclusion
from emberline.completion.recall.index import LineIndex
from emberline.completion.recall.library import Library
from emberline.documents.store import Document
from emberline.documents.text import Text

LINE = "    connection = connect_to_the_database(host, port, password)\n"


def test_patterns_hold_within_the_folders_and_by_name_outside(tmp_path: Path) -> None:
    exclusion = Exclusion(("secrets/", "*.key.py"), (tmp_path,))
    assert exclusion.covers((tmp_path / "secrets" / "a.py").as_uri())
    assert exclusion.covers((tmp_path / "deep" / "b.key.py").as_uri())
    assert not exclusion.covers((tmp_path / "a.py").as_uri())
    assert exclusion.covers("file:///elsewhere/c.key.py")
    assert not Exclusion((), (tmp_path,)).covers((tmp_path / "secrets" / "a.py").as_uri())


async def test_excluded_files_and_documents_are_not_indexed(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "a.py").write_text(LINE * 3)
    (tmp_path / "b.py").write_text(LINE * 3)
    (tmp_path / ".gitignore").write_text("!secrets/\n!secrets/a.py\n")  # takes nothing back
    library = Library(LineIndex(1_000_000), 8, Exclusion(("secrets/",), (tmp_path,)))
    await library.scan((tmp_path,))
    opened = Document((tmp_path / "secrets" / "c.py").as_uri(), "python", 1, Text.of(LINE * 3))
    library.opened(opened)
    assert set(library.index.sources) == {(tmp_path / "b.py").as_uri()}
