"""Names as numbers of 48 bits: a workspace has millions of them, and a string costs ten times as much.

Among a million names two have the same number with a chance of one in 500; a file is then found that does
not hold the name, and whoever reads it sees that.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

BITS = 48


@lru_cache(maxsize=1 << 16)
def hashed(name: str) -> int:
    """The same number in every process."""
    return int.from_bytes(
        blake2b(name.encode("utf-8", "surrogatepass"), digest_size=BITS // 8).digest(), "big"
    )
