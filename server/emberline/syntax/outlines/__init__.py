"""What definitions and imports look like in each language's grammar: one file a language."""
