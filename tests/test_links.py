"""What the documents link to is there: files, and headings in them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

TOP = Path(__file__).parents[1]
LISTED = subprocess.run(["git", "ls-files", "*.md"], cwd=TOP, capture_output=True, text=True, check=True)


def links(text: str) -> Iterator[str]:
    """Where links and pictures lead."""
    for block in MarkdownIt().parse(text):
        for token in block.children or ():
            to = token.attrGet("href") or token.attrGet("src")
            if to:
                yield str(to)


def headings(text: str) -> set[str]:
    """As a link names them: in lower case, spaces as hyphens, without other signs (GitHub's rule)."""
    tokens = MarkdownIt().parse(text)
    found = set()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            words = "".join(each.content for each in inline.children or ())
            found.add(re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-"))
    return found


@pytest.mark.parametrize("name", LISTED.stdout.split())
def test_every_link_leads_somewhere(name: str) -> None:
    document = TOP / name
    for link in links(document.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, heading = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not heading or heading in headings(target.read_text("utf-8")), link
