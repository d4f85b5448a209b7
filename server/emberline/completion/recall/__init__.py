"""The instant lane: what the workspace already says about the rest of a line."""
