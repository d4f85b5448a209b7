"""A fixed-size map from the hash of a few characters to the places that hold them, newest first.

Buckets of eight slots, each a ring: a ninth place for the same bucket displaces the oldest. So memory never
grows, insertion is constant, and frequent pieces keep their most recent places, the ones worth trying.
"""

from __future__ import annotations

from array import array

WAYS = 8
EMPTY = 0
"""No place is numbered 0."""


class PlaceTable:
    """Maps 32-bit hashes to numbers of places (1 … 2^32 - 1)."""

    __slots__ = ("_mask", "_oldest", "_slots")

    def __init__(self, capacity: int) -> None:
        """Room for about `capacity` places; takes 4.5 bytes for each, rounded up to a power of two."""
        buckets = 1
        while buckets * WAYS < capacity:
            buckets *= 2
        self._mask = buckets - 1
        self._slots = array("I", (EMPTY,)) * (WAYS * buckets)
        self._oldest = bytearray(buckets)

    @property
    def size(self) -> int:
        return len(self._slots) * self._slots.itemsize + len(self._oldest)

    @property
    def capacity(self) -> int:
        return len(self._slots)

    def add(self, key: int, place: int) -> None:
        bucket = key & self._mask
        turn = self._oldest[bucket]
        self._slots[bucket * WAYS + turn] = place
        self._oldest[bucket] = (turn + 1) % WAYS

    def discard(self, key: int, place: int) -> None:
        """Forgets the place, if it is still known."""
        start = (key & self._mask) * WAYS
        for slot in range(start, start + WAYS):
            if self._slots[slot] == place:
                self._slots[slot] = EMPTY
                return

    def places(self, key: int) -> list[int]:
        """Known places for this hash, newest first; some may belong to another hash."""
        bucket = key & self._mask
        start = bucket * WAYS
        turn = self._oldest[bucket]
        row = self._slots[start : start + WAYS].tolist()
        return [place for place in (row[turn:] + row[:turn])[::-1] if place != EMPTY]
