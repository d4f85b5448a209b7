"""The extension's own checks (types, lint, unit tests), and the package that one command makes."""

from __future__ import annotations

import json
import zipfile

import pytest

from . import binaries

pytestmark = pytest.mark.editor

HELD = {"LICENSE.txt", "changelog.md", "package.json", "readme.md", "dist/extension.cjs", "dist/NOTICES.txt"}


def test_one_command_checks_and_packages() -> None:
    folder = binaries.extension()
    package = folder / "dist" / "emberline.vsix"
    package.unlink(missing_ok=True)
    try:
        binaries.npm(folder, "run", "package")
        with zipfile.ZipFile(package) as packed:
            names = {name.removeprefix("extension/") for name in packed.namelist()}
            manifest = json.loads(packed.read("extension/package.json"))
    finally:
        binaries.npm(folder, "run", "build")  # the other tests want the bundle with its source map
    assert names >= HELD
    assert not [name for name in names if name.endswith((".ts", ".map")) or "node_modules" in name]
    wanted = [step["media"]["svg"] for step in manifest["contributes"]["walkthroughs"][0]["steps"]]
    assert names >= {*wanted, manifest["icon"], manifest["main"].removeprefix("./")}


def test_the_lock_file_names_no_address() -> None:
    """Whoever installs takes the packages from the registry that is set up there."""
    lock = json.loads((binaries.EXTENSION / "package-lock.json").read_text("utf-8"))
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
