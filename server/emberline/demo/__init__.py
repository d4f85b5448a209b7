"""A real editing session on a real file, played in the terminal."""
