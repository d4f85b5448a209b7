"""What tests of several folders need."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# A shell starts what it puts into the background with Ctrl-C ignored, and every child would inherit that:
# tests that interrupt a process would then wait for nothing.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# A test checks behaviour, and never how long something takes.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist, which reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several run at a time: those that share one VS Code, or one engine, one after the other."""
    for item in items:
        if item.path.parent.name == "vscode":
            item.add_marker(pytest.mark.xdist_group("vscode"))
        elif item.get_closest_marker("model") is not None:
            item.add_marker(pytest.mark.xdist_group("model"))


@pytest.fixture(scope="session", autouse=True)
def _state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What servers remember (ledger, audit trail) goes to a folder of the tests', not to the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBERLINE_STATE", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def default_model() -> None:
    """Has the default model in the cache; downloads it once. Two runs at a time wait for each other."""
    command = [sys.executable, "-m", "emberline", "models", "pull"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(autouse=True)
def _model_where_marked(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("model") is not None:
        request.getfixturevalue("default_model")
    yield
