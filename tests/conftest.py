"""For all tests."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background of a shell. The programs under test would inherit that; some are interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)
