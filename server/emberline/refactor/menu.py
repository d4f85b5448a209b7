"""What can be done at a target: from its syntax and the index alone, what people look for first comes first.

Nothing is read and no model is asked. An entry is there where the action makes sense; where it almost does,
it is there disabled, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from emberline.refactor import shape
from emberline.refactor.actions import ACTIONS
from emberline.refactor.exact import (
    add_import,
    extract_variable,
    inline_variable,
    organise_imports,
    rename_local,
)
from emberline.refactor.exact.code import Code
from emberline.refactor.exact.imports.spelling import family
from emberline.refactor.exact.variables import variable_at
from emberline.refactor.index.view import View
from emberline.refactor.related import root
from emberline.refactor.testfiles import is_test
from emberline.refactor.types import Action, Diagnostic, Form, Offer, Question, Reach, Source, Target, Unfit
from emberline.routing.estimate import tokens
from emberline.syntax.languages import language_of
from emberline.syntax.types import Definition, Sort, Span

_FIXES = 5
_CHOICES = 8
_LONG_FILE_LINES = 300
_SHORT_BODY_LINES = 15
"""A longer function is not wanted in place of its calls."""
_SAMPLE_CHARS = 8_000
_TOKENS_PER_FILE = 900
"""About what is sent of each further file: the parts that matter."""
_WORDS_SHOWN = 70
_KINDLESS = (Sort.FUNCTION, Sort.METHOD, Sort.CLASS)
_EVERYWHERE = "the workspace has not been read to its end yet"


def offers(target: Target, view: View) -> tuple[Offer, ...]:
    """All entries of the menu, in order."""
    scene = _Scene(target, view)
    return tuple(offer for rule in _RULES.values() for offer in rule(scene))


def offer(action_id: str, target: Target, view: View, answer: str = "") -> Offer:
    """The entry for one action, whether or not a menu would show it here. With an answer it asks nothing.
    Raises `Unfit`, with the reason, where it does not apply."""
    action = ACTIONS.get(action_id)
    if action is None:
        raise Unfit(f"There is no action {action_id[:40]!r}.")
    scene = _Scene(target, view, is_asked_for=True)
    found = list(_RULES[action_id](scene))
    wanted = [each for each in found if not answer or not each.answer or each.answer == answer]
    if not wanted:
        raise Unfit(_obstacle(action, scene))
    best = next((each for each in wanted if not each.disabled), wanted[0])
    if best.disabled:
        raise Unfit(best.disabled)
    if answer:
        return replace(best, question=None, answer=answer)
    chosen = best.answer if len({each.answer for each in wanted}) == 1 else ""
    return replace(best, question=question(action, best.target, view), answer=chosen)


def question(action: Action, target: Target, view: View) -> Question | None:
    """What the user has to say first; None: nothing."""
    if action.id == "add-import":
        return _which_import(target, view)
    if action.id == "move-symbol":
        return Question(_asked(action, target).words, "", _destinations(target, view))
    return _asked(action, target) if action.question else None


def _asked(action: Action, target: Target) -> Question:
    """The same without choices, which the menu itself does not show."""
    symbol, name = target.symbol, _name(target, action)
    words = action.question.replace("{symbol}", name)
    match action.id:
        case "rename-local" | "rename-concept":
            return Question(words, name)
        case "change-signature" if symbol is not None:
            return Question(words, " ".join(symbol.header.of(target.source.text).split())[:300])
    return Question(words)


def wording(offer: Offer) -> str:
    """The entry's own words, without where it runs: "Change the signature of close in 7 files"."""
    action, target = offer.action, offer.target
    if action.id == "add-import":
        return f"Import {offer.answer or target.name}"
    title = action.title
    if action.id == "document" and _is_documented(target):
        title = "Update the documentation of {symbol}"
    message = target.diagnostics[0].message if target.diagnostics else ""
    words = (
        title.replace("{symbol}", _name(target, action))
        .replace("{diagnostic}", _short(message))
        .replace("{answer}", _short(offer.answer))
    )
    is_wide = action.reach is Reach.WORKSPACE and action.id not in ("tests", "own-words", "directive")
    return f"{words} in {offer.files} files" if is_wide and offer.files > 1 else words


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _WORDS_SHOWN else f"{words[:_WORDS_SHOWN].rstrip()}…"


def _name(target: Target, action: Action) -> str:
    """What the action is about, as a title calls it."""
    if action.id in _ABOUT_THE_NAME and target.name:
        return target.name
    is_part = target.symbol is None or (target.name == "" and target.span != target.symbol.core)
    if target.span.start < target.span.end and is_part:
        return "the selection"
    if target.symbol is not None:
        return target.symbol.name
    return target.name or "this file"


_ABOUT_THE_NAME = frozenset(("rename-local", "inline-variable", "rename-concept"))


def _is_documented(target: Target) -> bool:
    code = Code.of(target.source.text, target.source.language_id)
    return code is not None and target.symbol is not None and shape.is_documented(code, target.symbol)


def _obstacle(action: Action, scene: _Scene) -> str:
    """Why an action that was asked for has no entry here."""
    check = _EXACT.get(action.id)
    if check is not None and scene.code is not None:
        try:
            check(scene)
        except Unfit as unfit:
            return str(unfit)
    if scene.code is None:
        return f"{action.id} needs the syntax of {scene.source.language_id}, which is not known here."
    return f"{action.id} does not apply here: {_NEEDS.get(action.id, 'nothing here is what it works on')}."


_NEEDS = {
    "extract-function": "select whole statements in a function",
    "add-types": "it wants a function that lacks types",
    "convert-async": "it wants a function that is not async yet",
    "convert-dataclass": "it wants a class whose __init__ mostly stores its parameters",
    "convert-promise": "it wants a function that takes a callback",
    "fix": "there is no diagnostic at this place",
    "directive": "there is no comment `emberline: …` at this place",
    "split-file": "the file is short and has one class at most",
    "move-symbol": "it wants a definition at the top of the file",
    "change-signature": "it wants a function or a method",
    "inline-function": "it wants a short function",
    "tests": "it wants a function or a class that is not itself a test",
    "document": "it wants a function, a method or a class",
    "convert-fstring": "it wants a string that % or format() fills in",
    "convert-comprehension": "it wants a loop that does nothing but fill a collection",
    "convert-arrow": "it wants a function expression without a `this` of its own",
}


# -- the place -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Scene:
    """A target with what the rules ask of it, each computed once."""

    target: Target
    view: View
    is_asked_for: bool = False
    """Somebody named the action: then a selection within a symbol means the symbol."""

    @property
    def source(self) -> Source:
        return self.target.source

    @cached_property
    def code(self) -> Code | None:
        return Code.of(self.source.text, self.source.language_id)

    @property
    def has_selection(self) -> bool:
        return self.target.span.start < self.target.span.end

    @cached_property
    def symbol(self) -> Definition | None:
        """The symbol, if it is what is meant: no part of it is selected."""
        target, symbol = self.target, self.target.symbol
        if symbol is None or self.is_asked_for or not self.has_selection:
            return symbol
        whole = (
            target.span.holds(symbol.core) or target.span == symbol.name_span or target.name == symbol.name
        )
        return symbol if whole else None

    @cached_property
    def is_on_name(self) -> bool:
        return self.target.symbol is not None and self.target.name == self.target.symbol.name

    @cached_property
    def is_test(self) -> bool:
        return is_test(self.source.name, self.source.language_id)

    @cached_property
    def own_tokens(self) -> int:
        text = self.source.text
        sample = tokens(text[:_SAMPLE_CHARS])
        return sample if len(text) <= _SAMPLE_CHARS else round(sample * len(text) / _SAMPLE_CHARS)

    @cached_property
    def local(self) -> bool:
        """Whether the cursor is on a function's own variable."""
        if self.code is None or not self.target.name or self.is_on_name:
            return False
        try:
            variable_at(self.code, self.target.span)
        except Unfit:
            return False
        return True

    def users(self, name: str) -> int:
        """How many files use what this file calls `name`, this one counted."""
        kin = family(self.source.language_id)
        symbol = self.target.symbol
        found = set(self.view.importers(self.source.path, name))
        if (symbol is not None and symbol.container) or kin in ("go", "java") or symbol is None:
            found |= {each for each in self.view.mentions(name) if family(language_of(each)) == kin}
        return len(found | {self.source.path})

    def offer(self, action_id: str, files: int = 1, **more: object) -> Offer:
        action = ACTIONS[action_id]
        given = 0 if action.form is Form.NONE else self.own_tokens + _TOKENS_PER_FILE * (files - 1)
        target = more.pop("target", self.target)
        assert isinstance(target, Target)
        asked = _asked(action, target) if action.question else None
        return replace(Offer(action, target, files, given, question=asked), **more)  # type: ignore[arg-type]


_Rule = Callable[[_Scene], Iterator[Offer]]


# -- what no model is needed for -----------------------------------------------------------------------


def _extract_variable(scene: _Scene) -> Iterator[Offer]:
    code = scene.code
    if code is None or extract_variable.expression(code, scene.target.span) is None:
        return
    try:
        extract_variable.check(code, scene.target.span)
    except Unfit as unfit:
        yield scene.offer("extract-variable", disabled=str(unfit))
    else:
        yield scene.offer("extract-variable")


def _inline_variable(scene: _Scene) -> Iterator[Offer]:
    if scene.code is None or not scene.local:
        return
    try:
        inline_variable.check(scene.code, scene.target)
    except Unfit:
        return
    yield scene.offer("inline-variable")


def _rename_local(scene: _Scene) -> Iterator[Offer]:
    if scene.code is None or not scene.local:
        return
    try:
        rename_local.check(scene.code, scene.target, scene.view)
    except Unfit as unfit:
        yield scene.offer("rename-local", disabled=str(unfit))
    else:
        yield scene.offer("rename-local")


def _organise_imports(scene: _Scene) -> Iterator[Offer]:
    if scene.code is None:
        return
    try:
        organise_imports.check(scene.code, scene.source, scene.view)
    except Unfit:
        return
    yield scene.offer("organise-imports")


def _add_import(scene: _Scene) -> Iterator[Offer]:
    code, target = scene.code, scene.target
    if code is None:
        return
    for name in add_import.missing(code, target):
        told = tuple(each for each in target.diagnostics if name in each.message)
        meant = replace(target, name=name, diagnostics=told)
        found = add_import.of_name(code, meant, name, scene.view)
        for each in found:
            yield scene.offer(
                "add-import", target=meant, answer=add_import.label(each), is_preferred=len(found) == 1
            )


def _which_import(target: Target, view: View) -> Question | None:
    code = Code.of(target.source.text, target.source.language_id)
    try:
        found = add_import.check(code, target, view) if code is not None else ()
    except Unfit:
        return None
    if len(found) < 2:
        return None
    labels = tuple(add_import.label(each) for each in found)
    return Question(f"Import {target.name} from where?", labels[0], labels)


_EXACT: dict[str, Callable[[_Scene], object]] = {
    "extract-variable": lambda scene: extract_variable.check(_code(scene), scene.target.span),
    "inline-variable": lambda scene: inline_variable.check(_code(scene), scene.target),
    "rename-local": lambda scene: rename_local.check(_code(scene), scene.target, scene.view),
    "organise-imports": lambda scene: organise_imports.check(_code(scene), scene.source, scene.view),
    "add-import": lambda scene: add_import.check(_code(scene), scene.target, scene.view),
}


def _code(scene: _Scene) -> Code:
    assert scene.code is not None
    return scene.code


# -- one place -----------------------------------------------------------------------------------------


def _directive(scene: _Scene) -> Iterator[Offer]:
    if scene.target.directive is not None:
        yield scene.offer("directive", answer=scene.target.directive.words)


def _fix(scene: _Scene) -> Iterator[Offer]:
    place = scene.target.span
    told = sorted(dict.fromkeys(scene.target.diagnostics), key=lambda each: _distance(each, place))
    for each in told[:_FIXES]:
        yield scene.offer("fix", target=replace(scene.target, diagnostics=(each,)))


def _distance(diagnostic: Diagnostic, place: Span) -> int:
    if diagnostic.span.touches(place):
        return 0
    return min(abs(diagnostic.span.start - place.end), abs(place.start - diagnostic.span.end))


def _extract_function(scene: _Scene) -> Iterator[Offer]:
    if (
        scene.code is not None
        and scene.has_selection
        and shape.whole_statements(scene.code, scene.target.span)
    ):
        yield scene.offer("extract-function")


def _simplify(scene: _Scene) -> Iterator[Offer]:
    code, symbol = scene.code, scene.symbol
    if code is None:
        return
    is_code = symbol is not None and symbol.sort in _KINDLESS and symbol.body is not None
    if is_code or (scene.has_selection and shape.whole_statements(code, scene.target.span)):
        yield scene.offer("simplify")


def _function(scene: _Scene) -> Definition | None:
    symbol = scene.symbol
    return symbol if symbol is not None and symbol.sort in shape.FUNCTIONS else None


def _add_types(scene: _Scene) -> Iterator[Offer]:
    function = _function(scene)
    if scene.code is not None and function is not None and shape.lacks_types(scene.code, function):
        yield scene.offer("add-types")


def _convert_async(scene: _Scene) -> Iterator[Offer]:
    function = _function(scene)
    if scene.code is None or function is None or (scene.is_test and function.name.startswith("test")):
        return
    if shape.can_await(scene.code, function):
        yield scene.offer("convert-async", scene.users(function.name))


def _convert_dataclass(scene: _Scene) -> Iterator[Offer]:
    symbol = scene.symbol
    if symbol is not None and symbol.name == "__init__" and scene.code is not None:
        symbol = next(
            (
                each
                for each in scene.code.outline.at(symbol.core)
                if each.sort is Sort.CLASS and each.qualified == symbol.container
            ),
            None,
        )
    if symbol is not None and scene.code is not None and shape.stores_parameters(scene.code, symbol):
        yield scene.offer("convert-dataclass", target=_about(scene, symbol))


def _about(scene: _Scene, symbol: Definition) -> Target:
    """The target as if the cursor stood on this symbol."""
    if symbol == scene.target.symbol:
        return scene.target
    start = symbol.name_span.start
    return replace(scene.target, symbol=symbol, name=symbol.name, span=Span(start, start))


def _convert_promise(scene: _Scene) -> Iterator[Offer]:
    function = _function(scene)
    if scene.code is not None and function is not None and shape.takes_callback(scene.code, function):
        yield scene.offer("convert-promise", scene.users(function.name))


def _at_statement(action_id: str, find: Callable[[Code, Span], object]) -> _Rule:
    """A rewriting of the statement that `find` sees around a place."""

    def rule(scene: _Scene) -> Iterator[Offer]:
        code = scene.code
        node = find(code, scene.target.span) if code is not None else None
        if code is not None and node is not None:
            span = code.span(node)  # type: ignore[arg-type]
            yield scene.offer(action_id, target=replace(scene.target, span=span, name=""))

    return rule


def _document(scene: _Scene) -> Iterator[Offer]:
    symbol = scene.symbol
    if symbol is not None and symbol.sort in _KINDLESS and scene.code is not None:
        yield scene.offer("document")


# -- several files -------------------------------------------------------------------------------------


def _inline_function(scene: _Scene) -> Iterator[Offer]:
    function = _function(scene)
    if function is None or function.body is None or not (scene.is_on_name or scene.is_asked_for):
        return
    body = function.body.of(scene.source.text)
    is_special = function.name.startswith(("__", "test")) or function.name in ("main", "constructor")
    is_recursive = function.name in body
    if not is_special and not is_recursive and body.count("\n") < _SHORT_BODY_LINES:
        yield scene.offer("inline-function", scene.users(function.name))


def _elsewhere(scene: _Scene) -> Target | None:
    """The target as the name at the cursor, if another file defines it."""
    target = scene.target
    if not target.name or scene.is_on_name or scene.local or len(target.name) < 2:
        return None
    found = [each for each in scene.view.definitions(target.name) if each.path != target.source.path]
    return replace(target, symbol=None) if found else None


def _rename_concept(scene: _Scene) -> Iterator[Offer]:
    target = scene.target
    if scene.code is None:
        if len(target.name) > 1:
            yield scene.offer("rename-concept", _mentioned(scene, target.name))
        return
    symbol = scene.symbol
    if symbol is not None and (scene.is_on_name or not target.name or scene.is_asked_for):
        meant = replace(target, name=symbol.name)
        yield scene.offer("rename-concept", _mentioned(scene, symbol.name), target=meant)
        return
    elsewhere = _elsewhere(scene)
    if elsewhere is not None:
        yield scene.offer("rename-concept", _mentioned(scene, target.name), target=elsewhere)
    elif scene.local:
        yield scene.offer("rename-concept", target=replace(target, symbol=None))


def _mentioned(scene: _Scene, name: str) -> int:
    return len({scene.source.path, *scene.view.mentions(name)})


def _change_signature(scene: _Scene) -> Iterator[Offer]:
    function = _function(scene)
    if function is not None and (
        scene.is_on_name or not scene.target.name or scene.is_asked_for or not _calls(scene)
    ):
        yield scene.offer("change-signature", scene.users(function.name), target=_about(scene, function))
        return
    elsewhere = _elsewhere(scene)
    if elsewhere is not None and _calls(scene):
        yield scene.offer("change-signature", _mentioned(scene, elsewhere.name), target=elsewhere)


def _calls(scene: _Scene) -> bool:
    """Whether the name at the cursor is called, and other files define functions of this name."""
    name = scene.target.name
    known = [each for each in scene.view.definitions(name) if each.path != scene.source.path]
    return bool(known) and all(each.definition.sort in shape.FUNCTIONS for each in known) and not scene.local


def _move_symbol(scene: _Scene) -> Iterator[Offer]:
    symbol = scene.symbol
    if symbol is not None and not symbol.container:
        yield scene.offer("move-symbol", scene.users(symbol.name) + 1)


def _destinations(target: Target, view: View) -> tuple[str, ...]:
    """Files that the symbol could live in: where it is used, then what else its file works with."""
    source, folder = target.source, root(target.source)
    name = target.symbol.name if target.symbol is not None else target.name
    kin = family(source.language_id)
    ranked: dict[Path, int] = {}

    def weigh(path: Path | None, weight: int) -> None:
        if path is None or path == source.path or not path.is_relative_to(folder.path):
            return
        if family(language_of(path)) == kin and not is_test(_named(path), source.language_id):
            near = 2 if path.parent == source.path.parent else 0
            ranked[path] = ranked.get(path, near) + weight

    def _named(path: Path) -> str:
        return folder.prefix + path.relative_to(folder.path).as_posix()

    for each in view.importers(source.path, name)[:60]:
        weigh(each, 3)
    for each in view.importers(source.path)[:60]:
        weigh(each, 1)
    shape_here = view.outline(source.path)
    for imported in shape_here.imports if shape_here is not None else ():
        weigh(view.resolve(source.path, imported), 1)
    order = sorted(ranked, key=lambda each: (-ranked[each], str(each)))
    return tuple(_named(each) for each in order[:_CHOICES])


def _split_file(scene: _Scene) -> Iterator[Offer]:
    if scene.code is None or (scene.has_selection and not scene.is_asked_for):
        return
    tops = [each for each in scene.code.outline.definitions if not each.container]
    classes = [each for each in tops if each.sort is Sort.CLASS]
    lines = scene.source.text.count("\n") + 1
    if len(classes) >= 2 or (lines > _LONG_FILE_LINES and len(tops) >= 2):
        yield scene.offer(
            "split-file",
            1 + len(scene.view.importers(scene.source.path)),
            target=replace(scene.target, symbol=None, name="", span=Span(0, 0)),
        )


def _tests(scene: _Scene) -> Iterator[Offer]:
    symbol = scene.symbol
    if symbol is None or symbol.sort not in _KINDLESS or scene.is_test or symbol.body is None:
        return
    is_special = symbol.name.startswith("__") and symbol.name.endswith("__")
    if not is_special and symbol.name not in ("main", "constructor"):
        yield scene.offer("tests", 2)


def _own_words(scene: _Scene) -> Iterator[Offer]:
    yield scene.offer("own-words")


def _explain(scene: _Scene) -> Iterator[Offer]:
    if scene.source.text.strip():
        yield scene.offer("explain")


_RULES: dict[str, _Rule] = {
    "directive": _directive,
    "add-import": _add_import,
    "fix": _fix,
    "extract-variable": _extract_variable,
    "inline-variable": _inline_variable,
    "rename-local": _rename_local,
    "organise-imports": _organise_imports,
    "extract-function": _extract_function,
    "inline-function": _inline_function,
    "simplify": _simplify,
    "add-types": _add_types,
    "document": _document,
    "convert-async": _convert_async,
    "convert-dataclass": _convert_dataclass,
    "convert-promise": _convert_promise,
    "convert-fstring": _at_statement("convert-fstring", shape.formatted_string),
    "convert-comprehension": _at_statement("convert-comprehension", shape.collecting_loop),
    "convert-arrow": _at_statement("convert-arrow", shape.plain_function),
    "change-signature": _change_signature,
    "rename-concept": _rename_concept,
    "move-symbol": _move_symbol,
    "split-file": _split_file,
    "tests": _tests,
    "explain": _explain,
    "own-words": _own_words,
}
"""In the menu's order."""
