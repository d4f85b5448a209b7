"""`emberline doctor`: what is here, how fast it is, what is wrong, and the command that mends it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from emberline.cli.diagnosis.choice import Seen
    from emberline.cli.diagnosis.finding import Finding
    from emberline.cli.diagnosis.servers import Provider
    from emberline.config.load import Loaded
    from emberline.config.schema import Settings

SUMMARY = "check the installation, measure this machine, and say what mends what is wrong"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{SUMMARY}. It takes some seconds."
    parser.epilog = "Exit status 0 when Emberline can complete here, 1 when something prevents it."
    parser.add_argument("--json", action="store_true", help="all findings as one JSON object")


def run(args: argparse.Namespace) -> int:
    from rich.console import Console

    from emberline.cli.diagnosis.finding import works

    if args.json:
        findings = tuple(examine(Path.cwd()))
        _print_json(findings)
    else:
        findings = _shown(examine(Path.cwd()), Console())
    return 0 if works(findings) else 1


def examine(folder: Path) -> Iterator[Finding]:
    """Every finding in this workspace folder, as soon as it is known. The last ones take seconds."""
    import asyncio

    from emberline.cli.diagnosis import choice, configuration, folders, installation, machine, models, own
    from emberline.cli.diagnosis.finding import State
    from emberline.config.load import load, user_file
    from emberline.models import store

    yield installation.interpreter()
    loaded = load([folder])
    settings = loaded.settings
    yield from configuration.problems(loaded, user_file())
    switches = tuple(configuration.switches(loaded))
    yield from switches
    seen = asyncio.run(choice.look(loaded, folder))
    models_folder = store.default_folder()
    needs = tuple(own.needs(loaded, models_folder))
    runs_here = all(finding.state is not State.ERROR for finding in needs)
    for finding in needs:
        yield _spared(finding, seen)
    yield folders.state()
    yield models.installed(models_folder)
    is_needed = runs_here or seen.stand_in is None
    yield machine.disk(models_folder, _missing_bytes(settings, models_folder) if is_needed else 0)
    yield machine.threads(settings.engine.threads, machine.look_at_cores())
    yield from _engines(needs, settings, seen)
    yield from _fleet(loaded, seen, models_folder)
    yield choice.judge(seen.decision)
    if runs_here and all(finding.state is not State.ERROR for finding in switches):
        for finding in _measured(settings):
            yield _spared(finding, seen)


def _spared(finding: Finding, seen: Seen) -> Finding:
    from emberline.cli.diagnosis import choice, own

    stand_in = seen.stand_in
    return finding if stand_in is None else own.spared(finding, choice.named(stand_in))


def _engines(needs: tuple[Finding, ...], settings: Settings, seen: Seen) -> Iterator[Finding]:
    """The memory for an engine, how full it is, and the engines that run."""
    from emberline.cli.diagnosis import engines, fill, folders, machine
    from emberline.models.machine import UNIFIED
    from emberline.routing.holdings import holdings

    data = {each.name: each.data for each in needs}
    size, folder = data["model"].get("bytes"), data[folders.ENGINES]["folder"]
    processes = engines.running()
    yield machine.memory(size if isinstance(size, int) else 0, running=bool(processes))
    models = holdings(seen.fleet.candidates, lambda candidate: False, UNIFIED)
    yield fill.look(settings.memory.limit_percent, [process.pid for process in processes], models)
    yield from engines.judge(processes, engines.stale(Path(str(folder))))


def _fleet(loaded: Loaded, seen: Seen, models_folder: Path) -> Iterator[Finding]:
    """The model servers, the clouds, and which model suits what on this machine."""
    from emberline.cli.diagnosis import plan, servers
    from emberline.models import machine
    from emberline.privacy.labels import Level, Place

    settings, fleet = loaded.settings, seen.fleet
    mode = Level(settings.privacy.mode)
    host = os.environ.get("OLLAMA_HOST", "") if settings.backends.discover else ""
    yield from servers.servers(fleet, seen.backends, seen.views, mode, ollama_host=host)
    yield servers.clouds(_providers(settings), mode)
    local = [
        each.model for each in fleet.candidates if each.place is Place.MACHINE and each.backend != "embedded"
    ]
    models = (*plan.embedded(settings.engine, models_folder), *local)
    here, limit = machine.look(), settings.memory.limit_percent
    routing = settings.router.model_routing.local
    yield from plan.plan(models, here, limit, wanted=(routing.default, routing.high_precision))
    yield from plan.fetchable(models, here, limit)


def _providers(settings: Settings) -> Iterator[Provider]:
    """Every cloud provider whose protocol we speak, with where its key was found."""
    from emberline.cli.diagnosis.servers import Provider
    from emberline.config.keys import find_key
    from emberline.routing.posts import CLOUDS

    for name, url in CLOUDS.items():
        found = find_key(settings, name)
        yield Provider(name, url, found.origin if found is not None else "")


def _measured(settings: Settings) -> Iterator[Finding]:
    import asyncio

    from emberline.backends.base import BackendUnavailable, BadRequest
    from emberline.backends.engine import Engine
    from emberline.cli.diagnosis import speed
    from emberline.routing.local import engine_settings, model_file

    engine = Engine(engine_settings(settings.engine, model_file(settings.engine)))
    try:
        measured = asyncio.run(speed.measure(engine))
    except (BackendUnavailable, BadRequest) as error:
        yield speed.failed(engine, error)
        return
    except speed.EngineBusy as error:
        yield speed.busy(error)
        return
    yield from speed.judge(measured, settings.completion)


def _missing_bytes(settings: Settings, folder: Path) -> int:
    """What of the configured model is still to be fetched."""
    from emberline.models import catalogue, store
    from emberline.models.errors import UnknownModel

    if settings.engine.model_path is not None:
        return 0
    try:
        model = catalogue.find(settings.engine.model)
    except UnknownModel:
        return 0
    return max(0, model.size - store.look(model, folder).bytes)


def _print_json(findings: tuple[Finding, ...]) -> None:
    import json

    from emberline.cli.diagnosis.finding import works

    result = {"works": works(findings), "findings": [finding.as_json() for finding in findings]}
    print(json.dumps(result, indent=2, ensure_ascii=False))


_MARKS = {"ok": ("ok", "green"), "warning": ("!!", "yellow"), "error": ("NO", "bold red")}
_NAME_WIDTH = 16


def _shown(findings: Iterator[Finding], console: Console) -> tuple[Finding, ...]:
    """Prints each finding as it comes, and the conclusion."""
    from emberline.cli.diagnosis.finding import State, works

    seen: list[Finding] = []
    with console.status("looking around and measuring…"):
        for finding in findings:
            seen.append(finding)
            _print(finding, console)
    wrong = sum(1 for finding in seen if finding.state is not State.OK)
    remark = f", {wrong} remark{'s' if wrong > 1 else ''} above" if wrong else ""
    if works(tuple(seen)):
        console.print(f"\nEmberline can complete here{remark}.", style="bold green", highlight=False)
    else:
        console.print("\nEmberline cannot complete here yet: mend what is marked NO.", style="bold red")
    return tuple(seen)


def _print(finding: Finding, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    mark, style = _MARKS[str(finding.state)]
    detail = Text(finding.detail)
    if finding.remedy:
        detail.append("\n→ ", style=style).append(finding.remedy, style="bold")
    if not console.is_terminal:  # for a file or a pipe: whole lines, whatever their length
        lines = f"{mark} {finding.name:<{_NAME_WIDTH}} {detail.plain}"
        print(lines.replace("\n", "\n" + " " * (_NAME_WIDTH + 4)), flush=True)
        return
    row = Table.grid(padding=(0, 1))
    row.add_column(width=2)
    row.add_column(width=_NAME_WIDTH)
    row.add_column(overflow="fold")
    row.add_row(Text(mark, style=style), finding.name, detail)
    console.print(row)
