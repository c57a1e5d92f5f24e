"""Places: how many connections and subscriptions each caller has open, in all gateway processes.

Each process writes down how many it holds of each caller, under a lease that it renews: the places
of a process that was killed are free when its lease has ended. While Valkey is away a process
counts its own only, and writes them all down again when it is back.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

LEASE_SECONDS = 30.0
RENEWED_SECONDS = 10.0
"""How often a process writes down all that it holds."""

Who = UUID | None


@dataclass(frozen=True, slots=True)
class Held:
    """What a caller has open in a process."""

    connections: int = 0
    subscriptions: int = 0


@dataclass(frozen=True, slots=True)
class Most:
    """What a caller may have open in all processes; None where that is not the question."""

    connections: int | None = None
    subscriptions: int | None = None


class Register(Protocol):
    """Where processes write down what they hold."""

    async def write(self, who: Who, held: Held, most: Most) -> bool | None:
        """Write down what a caller has open in this process. False, and nothing is written, where
        that is more than `most` in all; None where nobody can tell now."""
        ...


class OfThisProcessOnly:
    """Where there are no others."""

    async def write(self, who: Who, held: Held, most: Most) -> bool | None:
        """What this process holds is bounded by itself."""
        return None


class Places:
    """What this process holds, and keeps written down."""

    def __init__(self, held: Callable[[Who], Held], everybody: Callable[[], Iterable[Who]]) -> None:
        """`held` tells what a caller has open here, `everybody` who has anything open."""
        self._held = held
        self._everybody = everybody
        self._register: Register = OfThisProcessOnly()
        self._changed: set[Who] = set()
        self._wake = asyncio.Event()

    async def take(self, who: Who, most: Most) -> bool:
        """Whether what a caller has open by now, what was just opened included, is within `most`
        in all processes; also where nobody can tell."""
        return await self._register.write(who, self._held(who), most) is not False

    def give(self, who: Who) -> None:
        """A caller has closed something: it is written down soon."""
        self._changed.add(who)
        self._wake.set()

    async def keep(self, register: Register) -> None:
        """Count with all who write into `register`, until cancelled."""
        self._register = register
        try:
            while True:
                for who in set(self._everybody()):
                    await register.write(who, self._held(who), Most())
                await self._write_changes(register)
        finally:
            self._register = OfThisProcessOnly()
            for who in {*self._everybody(), *self._changed}:
                await register.write(who, Held(), Most())

    async def _write_changes(self, register: Register) -> None:
        """Write down what is closed, as it is, until all is to be written down again."""
        loop = asyncio.get_running_loop()
        until = loop.time() + RENEWED_SECONDS
        while True:
            while self._changed:
                who = self._changed.pop()
                await register.write(who, self._held(who), Most())
            self._wake.clear()
            try:
                async with asyncio.timeout_at(until):
                    await self._wake.wait()
            except TimeoutError:
                return
