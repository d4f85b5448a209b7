"""What to compare with: a pygls server that completes nothing, as pygls's own documentation writes it."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("empty", "1")


@server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
async def inline_completion(params: types.InlineCompletionParams) -> types.InlineCompletionList:
    return types.InlineCompletionList(items=[])


if __name__ == "__main__":
    server.start_io()
