"""Caches of a bounded size: what was not asked for the longest is dropped."""

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Bounded(Generic[Key, Value]):
    """A dictionary whose values weigh no more than `most` together."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.weight = 0
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def found(self, key: Key) -> Value | None:
        """The value of a key, which thereby becomes the last to be dropped."""
        entry = self._values.get(key)
        if entry is None:
            return None
        self._values.move_to_end(key)
        return entry[0]

    def keep(self, key: Key, value: Value, weight: int = 1) -> None:
        """Keep a value, and drop the oldest beyond the size; not one that would push most out."""
        self.drop(key)
        if weight > self.most / 2:
            return
        self._values[key] = (value, weight)
        self.weight += weight
        while self.weight > self.most:
            self.drop(next(iter(self._values)))

    def drop(self, key: Key) -> None:
        """Forget a key, if it is known."""
        entry = self._values.pop(key, None)
        if entry is not None:
            self.weight -= entry[1]
