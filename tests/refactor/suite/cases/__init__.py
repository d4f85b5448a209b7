"""All cases, by their ids."""

from __future__ import annotations

from tests.refactor.suite.case import Case
from tests.refactor.suite.cases import (
    go,
    java,
    javascript,
    llama,
    lua,
    ours,
    prices,
    profiler,
    rust,
    typescript,
)

_MODULES = (profiler, prices, llama, ours, lua, typescript, javascript, go, rust, java)

CASES: dict[str, Case] = {case.id: case for module in _MODULES for case in module.CASES}
