"""Answers that must be JSON of a given form: taken as they are, mended where that is safe, asked for again
where it is not, and refused in the end. No value ever comes out that the model did not write.

Used whether or not the backend was asked to hold the answer to its schema: what it promises is checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from emberline.backends.failure import Failure, Kind
from emberline.backends.messages import Chat, Message
from emberline.config.schema import Validation
from emberline.routing import estimate

if TYPE_CHECKING:
    from jsonschema_rs import Validator

T = TypeVar("T")
Schema = Mapping[str, Any]
SHOWN_ERRORS = 5
"""More of a validator's complaints help neither model nor user."""
_FENCED = re.compile(r"```[\w+-]*[ \t]*\r?\n(.*?)\r?\n?[ \t]*```", re.DOTALL)
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)
_SYNTAX = re.compile(r"[\s\"'`“”‘’,:;]+")
_BRACKET = re.compile(r"[{\[]")
_TOO_DEEP = "it is nested too deeply"
_EMPTY_TEXT = re.compile(r'""|\'\'')


class Unusable(Exception):
    """Why an answer is not taken, in words that help the model to mend it. Quotes nothing of its text."""


@dataclass(frozen=True, slots=True)
class Form:
    """What an answer must look like, and how strictly its text is read.

    Strict: the text is JSON as it stands, but for white space and a code fence around it. Else also JSON with
    words around it, and JSON whose quotes, commas and colons can be set right.
    """

    schema: Schema
    is_strict: bool

    def read(self, text: str) -> Any:
        """The value that `text` holds. Raises `Unusable`."""
        if self.is_strict:
            return self._checked(_parsed(unfenced(text)))
        bare = unfenced(_THOUGHT.sub("", text))
        try:
            return self._checked(_parsed(bare))
        except Unusable as error:
            found = [value for value in _values_in(bare) if not self._errors(value)]
            if len(found) == 1:
                return found[0]
            if len(found) > 1:
                raise Unusable(f"it holds {len(found)} answers instead of one") from None
            if _is_json(bare):
                raise  # nothing to mend: it has another form
            return self._mended(bare, error)

    def _mended(self, text: str, error: Unusable) -> Any:
        start = min((at for sign in "{[" if (at := text.find(sign)) >= 0), default=-1)
        if start < 0:
            raise error
        end = max(text.rfind("}"), text.rfind("]")) + 1
        return self._checked(repaired(text[start : end or None]))

    def _checked(self, value: Any) -> Any:
        if errors := self._errors(value):
            raise Unusable("; ".join(errors))
        return value

    def _errors(self, value: Any) -> list[str]:
        found: list[str] = []
        for error in _validator(json.dumps(self.schema, sort_keys=True)).iter_errors(value):
            if len(found) == SHOWN_ERRORS:
                found.append("and more")
                break
            place = "/".join(map(str, error.instance_path))
            found.append(f"{place or 'the whole'}: {error.message}")
        return found


async def ask(
    call: Callable[[Chat], Awaitable[str]],
    chat: Chat,
    schema: Schema,
    validation: Validation,
    accept: Callable[[Any], Awaitable[T]],
    room: int | None = None,
) -> T:
    """What `accept` makes of the first answer that follows `schema` and that it does not turn down, by
    raising `Unusable`.

    After each other one the model is told why and asked again: at most `validation.max_retries_on_failure`
    times, each time colder by `validation.temperature_reduction`. Raises `Failure` (`Kind.BROKEN`) with the
    last complaint, and whatever `call` and `accept` raise. `room`: the tokens that the model holds.
    """
    form = Form(schema, validation.strict_json)
    asked = chat
    for attempt in range(validation.max_retries_on_failure + 1):
        answer = await call(asked)
        try:
            return await accept(form.read(answer))
        except Unusable as error:
            complaint = str(error)
        asked = _again(chat, answer, complaint, (attempt + 1) * validation.temperature_reduction, room)
    tries = validation.max_retries_on_failure + 1
    times = "" if tries == 1 else f", after {tries} attempts"
    raise Failure(f"the model's answer is not usable{times}: {complaint}", Kind.BROKEN)


async def as_it_is(value: Any) -> Any:
    """Accepts whatever follows the schema."""
    return value


def _again(chat: Chat, answer: str, complaint: str, colder: float, room: int | None) -> Chat:
    """The first question with the last answer and what is wrong with it; earlier ones would only mislead.

    An answer that would not fit beside the question is left out: the complaint says what it needs to.
    """
    told = (Message("user", _CORRECT.format(complaint)),)
    temperature = max(0.0, round(chat.temperature - colder, 6))
    again = replace(chat, messages=(*chat.messages, *told), temperature=temperature)
    if not answer.strip():
        return again
    whole = replace(again, messages=(*chat.messages, Message("assistant", answer), *told))
    needed = sum(estimate.tokens(each.content) for each in whole.messages) + chat.max_tokens
    return whole if room is None or needed <= room else again


_CORRECT = (
    "That answer cannot be used: {}. Answer again with the whole corrected JSON, without any other words."
)


def unfenced(text: str) -> str:
    """Without the white space and the one code fence that may stand around it."""
    bare = text.strip().removeprefix("\ufeff").strip()
    fenced = _FENCED.fullmatch(bare)
    return fenced[1].strip() if fenced else bare


def repaired(text: str) -> Any:
    """The value of nearly right JSON. Raises `Unusable` unless quotes, commas, colons and the white space
    between values are all that had to be changed: then nothing was invented, nothing lost, and no answer that
    broke off was closed.
    """
    from json_repair import repair_json

    try:
        value = repair_json(text, return_objects=True, skip_json_loads=True)
    except (ValueError, RecursionError):
        raise Unusable(_TOO_DEEP) from None
    again = json.dumps(value, ensure_ascii=False)
    # `{"a": }` is mended by an empty text: an invention that no letter betrays.
    invented = len(_EMPTY_TEXT.findall(again)) > len(_EMPTY_TEXT.findall(text))
    if invented or _substance(again) != _substance(text) or not _stand_in(text, _texts(value)):
        raise Unusable(_broken(text))
    return value


def _substance(text: str) -> str:
    """What of JSON is neither quote, comma, colon nor white space; Python's words for constants as JSON's."""
    plain = _SYNTAX.sub("", _ESCAPED.sub(_unescaped, text)).casefold()
    return plain.replace("none", "null")


def _texts(value: Any) -> Iterator[str]:
    """Every key and text in the value, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _stand_in(text: str, words: Iterable[str]) -> bool:
    """Whether each of these stands in the text, one after the other, with all its white space: in code a
    lost line end is a mistake."""
    at = 0
    for word in filter(None, words):
        spellings = {json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1], word}
        spellings.add(word.replace("'", "\\'"))
        either = "|".join(map(re.escape, sorted(spellings, key=len, reverse=True)))
        found = re.compile(rf"""(?:^|[\s"'`“”‘’,:{{\[])(?:{either})(?=["'`“”‘’,:}}\]])""").search(text, at)
        if found is None:
            return False
        at = found.end()
    return True


def _unescaped(found: re.Match[str]) -> str:
    escape = found[0]
    if len(escape) == 6:
        return chr(int(escape[2:], 16))
    return "" if escape[1] in "bfnrt\"'/" else escape[1]


def _parsed(text: str) -> Any:
    if not text:
        raise Unusable("it is empty")
    try:
        return json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Unusable(_broken(text, error)) from None
    except RecursionError:
        raise Unusable(_TOO_DEEP) from None


def _broken(text: str, error: json.JSONDecodeError | None = None) -> str:
    if "{" not in text and "[" not in text:
        return "it is not JSON"
    if _depth(text) > 0:
        return "its JSON breaks off before its end (the answer was too long, or a bracket is missing)"
    if error is None:
        return "its JSON is malformed, and mending it would change what it says"
    return f"its JSON is malformed at line {error.lineno}, column {error.colno}: {error.msg}"


def _depth(text: str) -> int:
    """How many brackets are open at the end, outside of texts."""
    depth, in_text, escaped = 0, False, False
    for sign in text:
        if escaped:
            escaped = False
        elif in_text:
            escaped = sign == "\\"
            in_text = sign != '"'
        elif sign == '"':
            in_text = True
        else:
            depth += (sign in "{[") - (sign in "}]")
    return depth


def _is_json(text: str) -> bool:
    try:
        _parsed(text)
    except Unusable:
        return False
    return True


def _values_in(text: str) -> list[Any]:
    """The objects and lists that stand among the words of a text. None where a bracket opens anything else:
    what follows might be the inside of something broken, and a part must not pass for the whole."""
    decoder = json.JSONDecoder(object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    values = []
    at = 0
    while found := _BRACKET.search(text, at):
        try:
            value, at = decoder.raw_decode(text, found.start())
        except (json.JSONDecodeError, Unusable, RecursionError):
            return []
        values.append(value)
    return values


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that names a key twice means one of two things: nobody can tell which."""
    whole = dict(pairs)
    if len(whole) < len(pairs):
        raise Unusable("an object in it names a key twice")
    return whole


def _no_constant(name: str) -> Any:
    raise Unusable(f"{name} is no JSON")


@lru_cache(maxsize=32)
def _validator(schema: str) -> Validator:
    from jsonschema_rs import validator_for

    # What the model wrote must not turn up in messages: they are shown and logged. A schema of somebody
    # else's may refer to the network, and one module alone opens connections.
    return validator_for(schema, mask="this value", retriever=_fetch_nothing)


def _fetch_nothing(address: str) -> Any:
    raise ValueError(f"it refers to {address}, and nothing is fetched for it")


def objection(schema: Schema) -> str:
    """Why this is no JSON Schema that an answer can be held to; empty where it is one."""
    try:
        _validator(json.dumps(schema, sort_keys=True))
    except (ValueError, RecursionError) as error:
        return str(error).partition("\n")[0] or "it is no JSON Schema"
    return ""
