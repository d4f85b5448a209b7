"""What source text alone tells: languages, outlines, occurrences, mistakes. No file is opened here."""
