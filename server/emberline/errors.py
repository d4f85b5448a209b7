"""The base of every error that is the user's to mend, and so is told in words instead of a traceback."""


class UserError(Exception):
    """Something the user can put right. Its text says what is wrong and what would mend it."""
