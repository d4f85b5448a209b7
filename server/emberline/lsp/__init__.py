"""The edge: everything that knows the Language Server Protocol stays in here."""
