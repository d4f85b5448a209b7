"""langchain-llama-cpp: a chat model. What it needs is not installed, so it is read and not run."""

from __future__ import annotations

import re

from tests.refactor.suite.case import Case, Changed
from tests.refactor.suite.cases.python import renamed
from tests.refactor.suite.checkers import Behaves, CommentsKept, Gone, Has, Small
from tests.refactor.suite.grounds import LLAMA, Files
from tests.refactor.suite.texts import after, before, cursor, first, selection

UTILS, ERRORS = "langchain_llama_cpp/utils.py", "langchain_llama_cpp/exceptions.py"
_PRETTY = """\
import json, sys, types
sys.path.insert(0, "langchain_llama_cpp")
class BaseMessage:
    def __init__(self, text, blocks=()):
        self.text, self.content_blocks = text, list(blocks)
    def pretty_repr(self, html=False):
        return f"<{self.text}>"
class AIMessage(BaseMessage):
    def model_copy(self, update):
        return AIMessage(update["content"])
def module(name, **names):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(names)
module("langchain_core")
module("langchain_core.messages", AIMessage=AIMessage, BaseMessage=BaseMessage)
module("langchain_core.utils")
module("langchain_core.utils.interactive_env", is_interactive_env=lambda: False)
from utils import pretty_repr
thought = [{"type": "reasoning", "reasoning": "a\\nb"}, {"type": "text"}]
thought.append({"type": "reasoning", "reasoning": ""})
cases = [BaseMessage("x"), AIMessage("y"), AIMessage("z", thought), AIMessage("", thought)]
print(json.dumps([pretty_repr(each) for each in cases]))
"""
_TABLE = """\
import ast, json
text = open("langchain_llama_cpp/exceptions.py").read()
for node in ast.walk(ast.parse(text)):
    if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "_STATUS_ERRORS":
        pairs = zip(node.value.keys, node.value.values)
        print(json.dumps({ast.unparse(k): ast.unparse(v) for k, v in pairs}))
"""


def _extracted(files: Files) -> Changed:
    text = files[UTILS]
    start = first(text, r"^    parts = \[").start()
    end = first(text, r"^    # Core prints").start()
    body = re.sub(r"^    reasoning = ", "    return ", text[start:end], flags=re.MULTILINE)
    helper = (
        f'def _reasoning_of(message: AIMessage) -> str:\n    """All reasoning of a message."""\n{body}\n\n'
    )
    text = text[:start] + "    reasoning = _reasoning_of(message)\n" + text[end:]
    return {UTILS: before(text, r"^def pretty_repr", helper)}


CASES = (
    Case(
        "lc-rename-concept",
        "python",
        LLAMA,
        ERRORS,
        "rename-concept",
        cursor(r"^def (error_from_cut_off_stream)"),
        lambda files: renamed(files, "error_from_cut_off_stream", "error_from_broken_stream"),
        (Gone("error_from_cut_off_stream"), Has("", r"raise error_from_broken_stream\(", 2)),
        answer="error_from_broken_stream",
    ),
    Case(
        "lc-extract-function",
        "python",
        LLAMA,
        UTILS,
        "extract-function",
        selection(r"^    parts = \[", r"^    reasoning = "),
        _extracted,
        (Behaves(_PRETTY), CommentsKept(UTILS), Has(UTILS, r"^def (?!pretty_)\w+\(", 1)),
    ),
    Case(
        "lc-own-words",
        "python",
        LLAMA,
        ERRORS,
        "own-words",
        cursor(r"^(_STATUS_ERRORS)"),
        lambda files: {ERRORS: after(files[ERRORS], r"^    404: ", "    422: LlamaInvalidRequestError,\n")},
        (
            Behaves(
                _TABLE,
                '{"401": "LlamaAuthenticationError", "403": "LlamaPermissionDeniedError",'
                ' "404": "LlamaModelNotFoundError", "422": "LlamaInvalidRequestError",'
                ' "429": "LlamaRateLimitError"}',
            ),
            Small(ERRORS, 1),
        ),
        answer="let status 422 be a LlamaInvalidRequestError, between 404 and 429 of _STATUS_ERRORS",
    ),
)
