"""What the fork server imports before it forks: all that the servers and commands of this package need.

Nothing here may start a thread or open anything. The modules that `forked` runs stay out: they are to be run anew.
"""

import emberline.cli
import emberline.lsp.server
import emberline.lsp.services
import emberline.lsp.session
import emberline.refactor.actions
import tests.forks
import tests.servers.http  # noqa: F401
