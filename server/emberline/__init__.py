"""Emberline: local-first inline completion and refactoring for every editor that speaks LSP."""

__version__ = "0.1.0"
