"""Summaries of documents and of folders of code."""

from emberline.tasks.documents.telling import summary, summary_of

__all__ = ["summary", "summary_of"]
