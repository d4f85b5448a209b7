"""What the fork server imports before it forks: all that the servers and commands of this package need.

Nothing here may start a thread or open anything. The modules that `forked` runs stay out: they are run anew.
"""

import tests.forks
import tests.servers.http  # noqa: F401
