"""A process that was noted down: the same one, and alive?"""

import subprocess
import sys

import psutil

from emberline.backends.process import lives


def test_this_process_lives() -> None:
    own = psutil.Process()
    assert lives(own.pid, own.create_time())


def test_another_process_with_the_same_number_is_not_it() -> None:
    own = psutil.Process()
    assert not lives(own.pid, own.create_time() - 3600)


def test_a_killed_process_that_its_parent_has_not_missed_yet_does_not_live() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        started = psutil.Process(child.pid).create_time()
        assert lives(child.pid, started)
        child.kill()
        # Waits for its end without reaping it.
        import os

        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert psutil.pid_exists(child.pid)
        assert not lives(child.pid, started)
    assert not lives(child.pid, started)
