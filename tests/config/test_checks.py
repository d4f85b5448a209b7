"""What only shows when settings are looked at closely."""

from __future__ import annotations

from emberline.config.checks import findings
from emberline.config.layers import Layer, Level, combine
from emberline.config.source import parse


def told(text: str) -> list[str]:
    return [str(problem) for problem in findings(combine([Layer(Level.USER, parse("user.yaml", text))], {}))]


def test_a_trusted_host_that_is_none() -> None:
    (problem,) = told("privacy:\n  trusted_hosts: [gpu, 'http://gpu:1']\n")
    assert problem.startswith("user.yaml:2: privacy.trusted_hosts: 'http://gpu:1' is no host: write a name")
