"""What definitions and imports look like in each language's grammar: one file a language."""

GRAMMATICAL = frozenset(
    (
        "python",
        "javascript",
        "javascriptreact",
        "typescript",
        "typescriptreact",
        "go",
        "rust",
        "java",
    )
)
"""The languages that have an outline."""
