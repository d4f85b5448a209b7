"""Strict means strict: with cloud keys configured and every feature used, no packet leaves for anything but
loopback. Shown in a network namespace of its own, whose one way out counts what is sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
MODE = "privacy:\n  mode: {mode}\n"
CLOUD = """\
router:
  cloud_api_key: sk-test-configured
backends:
  servers:
    - {name: team, protocol: openai-compatible, url: "https://gpu.example.net/v1", api_key: k}
    - {name: claude, protocol: anthropic, api_key: k}
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")


def counted(tmp_path: Path, mode: str, *command: str) -> tuple[int, str]:
    """Packets that went out while the command ran, and what it printed."""
    (tmp_path / "config.yaml").write_text(MODE.format(mode=mode) + CLOUD)
    environment = {
        **os.environ,
        "EMBERLINE_CONFIG": str(tmp_path / "config.yaml"),
        "EMBERLINE_STATE": str(tmp_path / "state"),
        "EMBERLINE_RUNTIME": str(tmp_path / "run"),
        "ANTHROPIC_API_KEY": "sk-ant-test",
        "MISTRAL_API_KEY": "test",
        "DEEPSEEK_API_KEY": "test",
    }
    # Root makes namespaces as it is; others need one in which they are root, which a chroot does not allow.
    ways = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    done = subprocess.run(
        [*ways, "bash", str(HERE / "namespace.sh"), *command],
        env=environment,
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.stdout.strip(), done.stderr
    printed, _, packets = done.stdout.rstrip("\n").rpartition("\n")
    return int(packets), printed


def everything(tmp_path: Path, mode: str) -> tuple[int, dict[str, Any]]:
    """Every feature, used in this mode."""
    packets, printed = counted(
        tmp_path, mode, sys.executable, "-m", "tests.privacy.everything", str(tmp_path)
    )
    result: dict[str, Any] = json.loads(printed)
    return packets, result


@pytest.mark.model
def test_strict_sends_nothing_to_anything_but_loopback(tmp_path: Path) -> None:
    packets, used = everything(tmp_path, "strict")
    assert packets == 0
    assert used["completed"], "the embedded engine completed code"
    assert set(used["answered"]) == {"embedded", "ollama"}, "and all was answered here"
    assert not used["left"], "and the audit trail knows of nothing that left"


def test_the_count_would_notice(tmp_path: Path) -> None:
    """In open mode the clouds are asked whether they are there, and that is seen."""
    (tmp_path / "a.py").write_text("x = 1\n")
    command = (sys.executable, "-m", "emberline", "route", str(tmp_path / "a.py"), "--task", "explain")
    strict, _ = counted(tmp_path, "strict", *command)
    opened, _ = counted(tmp_path, "open", *command)
    assert strict == 0
    assert opened > 0
