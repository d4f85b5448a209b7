"""What the model is asked: numbered passages, then the question."""

from __future__ import annotations

from collections.abc import Sequence

from emberline.backends.messages import Chat, Message
from emberline.completion.sentinels import neutralise
from emberline.routing import estimate
from emberline.syntax.languages import UNKNOWN, language_of
from emberline.tasks.questions.findings import Hit

ANSWER_TOKENS = 350
NOT_FOUND = "NOT FOUND"
AROUND_TOKENS = 260
"""Of the instructions, the question's frame and what a chat's template adds."""
_SYSTEM = f"""\
You answer questions about a software project, from numbered passages of its files and from nothing else.
- Answer the question in one to five short sentences.
- End each sentence with the number of the passage that says so, for example: It is read by `load` [2].
- Write names from the code in backticks, as they are spelt there.
- If the passages do not answer the question, write only {NOT_FOUND}."""


def chat(question: str, hits: Sequence[Hit]) -> Chat:
    """The question with the passages that it is to be answered from."""
    passages = "\n\n".join(shown(number, hit) for number, hit in enumerate(hits, 1))
    frame = "Answer from the passages above, with their numbers in brackets:"
    asked = f"{passages}\n\nQuestion: {question}\n\n{frame}"
    return Chat(
        (Message("system", _SYSTEM), Message("user", neutralise(asked))), ANSWER_TOKENS, temperature=0.0
    )


def again(before: Chat, answer: str, complaint: str) -> Chat:
    """The same once more, with what was wrong with the answer."""
    told = (
        f"{complaint} Answer again, only from the passages, and end each sentence with a number such as [1]."
    )
    said = (Message("assistant", neutralise(answer[:2000])), Message("user", neutralise(told)))
    return Chat((*before.messages, *said), ANSWER_TOKENS, temperature=0.0)


def shown(number: int, hit: Hit) -> str:
    """One passage as the model sees it."""
    named = f"{hit.name} ({hit.passage.symbol})" if hit.passage.symbol else hit.name
    language, fence = language_of(hit.path), _fence(hit.text)
    return f"[{number}] {named}\n{fence}{'' if language == UNKNOWN else language}\n{hit.text}\n{fence}"


def _fence(text: str) -> str:
    """One that does not stand in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return fence


def fitting(hits: Sequence[Hit], most_tokens: int) -> list[Hit]:
    """The first that fit together, by the estimate; a later one in the place of one that is too long."""
    taken: list[Hit] = []
    left = most_tokens
    for hit in hits:
        cost = estimate.tokens(shown(len(taken) + 1, hit))
        if cost <= left:
            taken.append(hit)
            left -= cost
    return taken
