"""High contrast: what the extension shows can be read, by the contrast of the colours on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from .conftest import Stage
from .test_window import suggested
from .window import Window, wait_until

pytestmark = pytest.mark.editor

READABLE = 4.5
"""Of a text to its ground, by WCAG 2.2 for level AA; high contrast keeps it without exception."""
SET_THEME = "await vscode.workspace.getConfiguration().update('workbench.colorTheme', args[0], true)"
GHOST = "document.querySelector('.ghost-text-decoration')"
ITEM = "document.querySelector('[id=\"emberline.emberline.emberline.status\"] a')"
COLOURS = """(element => {
  if (!element) return null;
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const upwards = [];
  for (let each = element; each; each = each.parentElement) upwards.push(getComputedStyle(each));
  const drawn = colours => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const grounds = upwards.map(style => style.backgroundColor).reverse();
  canvas.globalAlpha = 1;
  const ground = drawn(grounds);
  const opacity = upwards.reduce((product, style) => product * Number(style.opacity), 1);
  return { ground, ink: drawn([...grounds, upwards[0].color]), opacity };
})(%s)"""
"""The text's colour laid over all grounds beneath it, as the screen does."""


def luminance(colour: list[int]) -> float:
    """Relative, from 0 to 1, of an sRGB colour."""
    parts = [each / 255 for each in colour[:3]]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(window: Window, element: str, ground: list[int]) -> float:
    """From 1 to 21, once it stands on this ground: a theme is drawn bit by bit."""

    def drawn() -> Any:
        seen = window.page(COLOURS % element)
        return seen if seen and seen["ground"] == ground else None

    seen = wait_until(drawn, f"it does not stand on {ground}")
    ink, opacity = seen["ink"], seen["opacity"]
    mixed = [round(above * opacity + below * (1 - opacity)) for above, below in zip(ink, ground, strict=True)]
    dark, light = sorted(map(luminance, (ground, mixed)))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture
def themed(window: Window) -> Iterator[Window]:
    yield window
    window.api(SET_THEME)


@pytest.mark.parametrize(
    ("theme", "ground"),
    [("Default High Contrast", [0, 0, 0, 255]), ("Default High Contrast Light", [255, 255, 255, 255])],
    ids=["dark", "light"],
)
def test_all_can_be_read(stage: Stage, themed: Window, theme: str, ground: list[int]) -> None:
    suggested(stage, themed, f"contrast_{ground[0]}")
    themed.api(SET_THEME, theme)
    for element in (GHOST, ITEM):
        # Ground and text are drawn one after the other.
        reached = partial(contrast, themed, element, ground)
        wait_until(lambda: reached() >= READABLE, f"{element} cannot be read in {theme}")  # noqa: B023
