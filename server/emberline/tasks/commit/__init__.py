"""The message of a commit, from what is staged and from how the repository words its commits."""

from emberline.tasks.commit.writing import message

__all__ = ["message"]
