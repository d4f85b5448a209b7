"""What the user is asked and shown in the middle of a refactoring, in the ways that their editor has."""

from __future__ import annotations

from collections.abc import Mapping

from pygls.exceptions import JsonRpcException

from emberline.lsp.asking import ask, chosen
from emberline.lsp.client import Client
from emberline.lsp.listener import EditorListener
from emberline.lsp.progress import Token
from emberline.lsp.protocol import EdgeProtocol
from emberline.refactor.types import Question, Unfit

INPUT = "emberline/input"
CONFIRM = "emberline/confirm"
SHOW = "emberline/show"

APPLY, NOT_NOW = "Apply", "Not now"
_MOST_BUTTONS = 5


class Dialogs:
    """The user of one client. `token` is the progress that a question belongs to."""

    def __init__(self, protocol: EdgeProtocol, client: Client, listener: EditorListener) -> None:
        self._protocol = protocol
        self._client = client
        self._listener = listener

    async def answer(self, question: Question, token: Token) -> str | None:
        """What the user says; None where they do not want to. Raises `Unfit` where they cannot be asked."""
        try:
            if self._client.dialogs:
                told = {
                    "prompt": question.words,
                    "default": question.default,
                    "choices": list(question.choices),
                    "token": token,
                }
                said = getattr(await ask(self._protocol, INPUT, told), "answer", None)
            elif question.choices:
                said = await chosen(self._protocol, question.words, question.choices[:_MOST_BUTTONS])
            else:
                raise Unfit(_by_comment(question))
        except JsonRpcException as error:
            raise Unfit(_by_comment(question)) from error
        return said if isinstance(said, str) and said.strip() else None

    async def agrees(self, proposed: Mapping[str, object], token: Token) -> bool:
        """Whether the user wants what is proposed. Raises `Unfit` where they cannot be asked."""
        try:
            if self._client.dialogs:
                answer = await ask(self._protocol, CONFIRM, {**proposed, "token": token})
                return getattr(answer, "accept", None) is True
            return await chosen(self._protocol, f"{proposed['words']}", (APPLY, NOT_NOW)) == APPLY
        except JsonRpcException as error:
            raise Unfit("your editor could not ask whether to apply it") from error

    def show(self, title: str, markdown: str) -> None:
        """Something to read."""
        if self._client.dialogs:
            self._protocol.tell(SHOW, {"title": title, "markdown": markdown})
        else:
            self._listener.say(markdown)


def _by_comment(question: Question) -> str:
    asked = question.words.strip().rstrip("?:….")
    return (
        f"your editor cannot ask “{asked}?”. Write a comment “emberline: …” with what you want at the place "
        "that you mean, and choose its entry from the menu"
    )
