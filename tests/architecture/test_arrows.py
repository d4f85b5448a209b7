"""The invariants of docs/architecture.md that the source text itself can show."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import emberline

ROOT = Path(emberline.__file__).parent

LAYERS = (
    {"lsp", "cli", "gateway", "demo", "replay", "__main__"},
    {"completion", "refactor", "tasks", "account"},
    {"routing"},
    {"backends"},
    {"privacy"},
    {"models", "config", "observe", "syntax"},
    {"documents", "errors", "__init__"},
)
"""From the edge inwards: a module may import its own layer's and every later one's."""

NETWORK = {
    "socket",
    "ssl",
    "http",
    "urllib3",
    "requests",
    "httpx",
    "httpcore",
    "aiohttp",
    "websockets",
    "ftplib",
}
OPENERS = {"open_connection", "create_connection", "urlopen", "open_unix_connection"}


@cache
def modules() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text())) for path in sorted(ROOT.rglob("*.py"))]


def package_of(path: Path) -> str:
    relative = path.relative_to(ROOT)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


@cache
def imported(tree: ast.Module) -> set[str]:
    """The modules that the code imports when it runs (not those that only the type checker reads)."""
    names: set[str] = set()
    for node in running(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """The statements that are not for the type checker alone: no import stands within an expression."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        ):
            continue
        yield node
        yield from running(node)


def layer_of(package: str) -> int:
    return next(index for index, layer in enumerate(LAYERS) if package in layer)


def test_imports_run_one_way() -> None:
    wrong = []
    for path, tree in modules():
        own = layer_of(package_of(path))
        for name in imported(tree):
            parts = name.split(".")
            ours = parts[0] == "emberline" and len(parts) > 1 and (ROOT / parts[1]).exists()
            if ours and layer_of(parts[1]) < own:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_one_module_alone_opens_network_connections() -> None:
    wrong = []
    for path, tree in modules():
        if path == ROOT / "privacy" / "egress.py":
            continue
        for name in imported(tree):
            if name.split(".")[0] in NETWORK or name == "urllib.request.urlopen":
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
        called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        wrong += [f"{path.relative_to(ROOT)} calls {name}" for name in called & OPENERS]
    assert wrong == []


def test_the_protocols_types_stay_at_the_edge() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, tree in modules()
        for name in imported(tree)
        if name.split(".")[0] in {"pygls", "lsprotocol"} and package_of(path) != "lsp"
    ]
    assert wrong == []


def test_no_editor_is_named_where_the_server_answers() -> None:
    """Invariant 10: editors differ by what they announce, not by name."""
    for path, tree in modules():
        if package_of(path) not in {"lsp", "completion"}:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare):
                compared = ast.dump(node).lower()
                assert not any(
                    name in compared for name in ("'vscode", "'neovim", "visual studio", "clientinfo")
                )
