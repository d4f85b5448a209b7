"""Plain lines: as they are for a pipe, wrapped between words for a terminal."""

from __future__ import annotations

import sys


def say(line: str, *, aside: bool = False) -> None:
    """Prints the line on standard output, or `aside` on standard error."""
    stream = sys.stderr if aside else sys.stdout
    if not stream.isatty():
        print(line, file=stream)
        return
    from rich.console import Console
    from rich.text import Text

    Console(file=stream, highlight=False).print(Text(unsteering(line), overflow="fold"))


def prose(markdown: str) -> None:
    """Prints Markdown on standard output: laid out for a terminal, as it is for a pipe."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(Markdown(unsteering(markdown)))
    else:
        print(markdown)


def unsteering(text: str) -> str:
    """The lines as a terminal may be given them: they may quote what stood in somebody's files."""
    from emberline.documents.printable import printable

    return "\n".join(printable(line.expandtabs(4)) for line in text.split("\n"))
