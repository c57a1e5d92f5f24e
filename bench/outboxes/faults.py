"""What is done to an installation while it works, spread over the work."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.outboxes.callers import Callers
from bench.outboxes.installations import Installation


@dataclass(frozen=True)
class Plan:
    """How often each fault comes."""

    worker_kills: int
    gateway_kills: int
    flushes: int
    restarts: int


@dataclass
class Faults:
    """Faults in a random order, each when its share of the merges is done."""

    installation: Installation
    callers: Callers
    plan: Plan
    seed: int
    done: list[str] = field(default_factory=list)

    async def strike(self, tell: Callable[[str], None]) -> None:
        """Do all of them; ends when the last is done."""
        faults: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "worker killed": (
                self.plan.worker_kills,
                lambda: self.installation.kill("worker"),
            ),
            "gateway killed": (
                self.plan.gateway_kills,
                lambda: self.installation.kill("gateway"),
            ),
            "Valkey flushed": (self.plan.flushes, self.installation.flush_valkey),
            "PostgreSQL restarted in immediate mode": (
                self.plan.restarts,
                self.installation.restart_postgres,
            ),
        }
        order = [name for name, (count, _) in faults.items() for _ in range(count)]
        random.Random(self.seed).shuffle(order)
        for number, name in enumerate(order):
            due = len(self.callers.pairs) * (number + 1) // (len(order) + 1)
            while len(self.callers.merged) < due:
                self.callers.changed.clear()
                await self.callers.changed.wait()
            await faults[name][1]()
            self.done.append(name)
            tell(f"  {len(self.callers.merged):,} merges: {name}")
