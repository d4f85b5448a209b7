"""Refactorings over real code: what is asked, what a right answer makes of it, what has to hold."""
