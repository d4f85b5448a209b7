"""What the workspace defines, imports and mentions, kept up to date."""

from emberline.refactor.index.workspace import WorkspaceIndex

__all__ = ["WorkspaceIndex"]
