"""What the fork server imports before it forks: all that the servers and commands of this package need.

Nothing here may start a thread or open anything. The modules that `forked` runs stay out: they are run anew.
"""

from importlib import import_module

for name in (
    "emberline.cli",
    "emberline.lsp.server",
    "emberline.lsp.services",
    "emberline.lsp.session",
    "emberline.refactor.actions",
    "tests.forks",
    "tests.servers.http",
):
    import_module(name)
