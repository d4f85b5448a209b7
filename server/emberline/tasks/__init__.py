"""Routine work that is not typing, by the same warm model: messages, summaries, labels, answers."""
