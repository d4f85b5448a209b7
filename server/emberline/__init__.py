"""Emberline: local-first inline completion for every editor that speaks LSP."""

__version__ = "0.1.0"
