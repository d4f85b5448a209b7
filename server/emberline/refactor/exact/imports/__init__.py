"""Imports: which there are, which are used, how they are removed and added."""
