from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberline.tasks.logs.levels import by_letter, by_number, by_status, by_words, said
from emberline.tasks.logs.masking import Mask
from emberline.tasks.logs.types import Severity


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        (
            "connection to 10.0.0.1:5432 refused after 3.5s (attempt 2/5)",
            "connection to <ip> refused after <duration> (attempt <n>/<n>)",
        ),
        ("GET /api/users/42?x=1 HTTP/1.1", "GET /api/users/<n> HTTP/<n>"),
        ("loaded /usr/lib/x/y.so in 12ms", "loaded <path> in <duration>"),
        ("id=550e8400-e29b-41d4-a716-446655440000 done", "id=<uuid> done"),
        ("commit deadbeef12 of feed", "commit <hex> of feed"),
        ("at 0xdeadbeef", "at <hex>"),
        ("worker-12 took 5% and 12MB", "worker-<n> took <n>% and <size>"),
        ("see https://shop.example/x/y?z", "see https://shop.example/<path>"),
        ("mail to ann@shop.example failed", "mail to <email> failed"),
        ("from fe80::1ff:fe23:4567:890a", "from <ip>"),
        ("passed in 3.66s (0:00:03)", "passed in <duration> (<time>)"),
        ("card 00:1b:44:11:3a:b7 up", "card <mac> up"),
        ('File "/srv/app/core.py", line 12, in run', 'File "<path>", line <n>, in run'),
        ("opened C:\\Users\\ann\\notes.txt", "opened <path>"),
        ("std::vector<int> and app::mod stay", "std::vector<int> and app::mod stay"),
        ("  spaces\t and  tabs ", "spaces and tabs"),
        ("", ""),
    ],
)
def test_variables_are_masked(message: str, masked: str) -> None:
    assert Mask()(message.encode()).decode() == masked


@given(st.text(alphabet="abc 0123456789/.:-_xf", max_size=80), st.integers(0, 9))
def test_messages_that_differ_by_a_digit_read_alike(message: str, digit: int) -> None:
    """The pass over a log drops all digits, so the template may not depend on one."""
    other = "".join(str(digit) if each.isdecimal() else each for each in message)
    mask = Mask()
    assert mask(message.encode()) == mask(other.encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_masked(message: bytes) -> None:
    assert Mask()(message) == Mask()(message)


@pytest.mark.parametrize(
    ("head", "severity"),
    [
        ("ERROR no disk", Severity.ERROR),
        ("[main] WARN  com.shop - slow", Severity.WARNING),
        ("[error] 12#0: *1 open() failed", Severity.ERROR),
        ('level=warning msg="slow"', Severity.WARNING),
        ('{"severity": "CRITICAL"}', Severity.FATAL),
        ("main.c:12:3: error: expected ;", Severity.ERROR),
        ("npm ERR! missing script", Severity.ERROR),
        ("12 verbose cli run", Severity.DEBUG),
        ("CRITICAL disk full", Severity.FATAL),
        ("SEVERE: no", Severity.ERROR),
        ("core - DEBUG - x", Severity.DEBUG),
        ("all is well", None),
        ("the ERRORS page", None),
        ("src/ERROR/page.py", None),
        ("an information desk", None),
    ],
)
def test_a_level_is_told_by_its_name(head: str, severity: Severity | None) -> None:
    found = said(head.encode())
    assert (None if found is None else found[0]) is severity


@pytest.mark.parametrize(
    ("template", "severity"),
    [
        ("request failed", Severity.ERROR),
        ("java.lang.NullPointerException: x", Severity.ERROR),
        ("ValueError: x", Severity.ERROR),
        ("panic: runtime error", Severity.FATAL),
        ("timed out", Severity.WARNING),
        ("Connection refused", Severity.WARNING),
        ("<n> errors", Severity.UNSAID),
        ("no failures", Severity.UNSAID),
        ("errors=<n> done", Severity.UNSAID),
        ("install liberror-perl:all", Severity.UNSAID),
        ("checking for a gcc warning... no", Severity.UNSAID),
        ("In function 'PythonCmd_Error':", Severity.UNSAID),
        ("=========== ERRORS ===========", Severity.UNSAID),
        ("tests/test_errors.py passed", Severity.UNSAID),
        ("all fine", Severity.UNSAID),
    ],
)
def test_without_a_level_its_words_tell(template: str, severity: Severity) -> None:
    assert by_words(template.encode()) is severity


def test_levels_by_letter_number_and_status() -> None:
    assert by_letter(b"E0102 10:11:12.123456 1 file.go:1] x") is Severity.ERROR
    assert by_letter(b"W, [2026-01-02T10:11:12.123456 #1]  WARN -- : x") is Severity.WARNING
    assert by_letter(b"01-02 10:11:12.123  900  901 F Tag: x") is Severity.FATAL
    assert by_letter(b"W: no such package") is Severity.WARNING
    assert by_letter(b"Everything is fine") is None
    assert [by_number(each) for each in (60, 50, 40, 30, 20, 10)] == list(
        reversed(list(Severity)[:2] + list(Severity)[3:])
    )
    assert [by_number(each) for each in (0, 3, 4, 6, 7)] == [
        Severity.FATAL,
        Severity.ERROR,
        Severity.WARNING,
        Severity.INFO,
        Severity.DEBUG,
    ]
    assert by_status(b'"GET / HTTP/1.1" 503 12') is Severity.ERROR
    assert by_status(b'"GET / HTTP/1.1" 404 -') is Severity.WARNING
    assert by_status(b'"GET / HTTP/1.1" 200 5') is Severity.INFO
    assert by_status(b"no request") is None
