"""The summary of a log: what happened, what failed first, what repeats, each with the line where it stands.

`summary` is the whole task for any edge. Its figures are counted without a model and always there.
"""

from emberline.tasks.logs.telling import Told, summary

__all__ = ["Told", "summary"]
