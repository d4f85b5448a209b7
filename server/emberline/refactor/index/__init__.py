"""What the workspace defines, imports and mentions, kept up to date."""
