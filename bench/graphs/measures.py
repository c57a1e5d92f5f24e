"""Measuring peers in turn, round after round, so that what else the machine does hits all alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.graphs.load import put_load
from bench.graphs.peers import Peer
from bench.graphs.processes import cpu_seconds, resident_megabytes


@dataclass(frozen=True)
class Run:
    """One run of the load on one peer: times in milliseconds, of a request; memory in MB."""

    p50: float
    p99: float
    rate: float
    server: float
    database: float
    client: float
    memory: float


@dataclass
class Measured:
    """All runs of a peer with a query and a number of clients."""

    peer: str
    query: str
    clients: int
    runs: list[Run] = field(default_factory=list)

    def of(self, name: str) -> float:
        """The median of the runs."""
        return float(median(getattr(run, name) for run in self.runs))

    def spread(self) -> tuple[float, float]:
        """The lowest and the highest rate."""
        rates = [run.rate for run in self.runs]
        return min(rates), max(rates)


async def measure(
    peer: Peer, query: str, clients: int, seconds: float, postmaster: int, warm: float
) -> Run:
    """Load a peer, first without looking for `warm` seconds, then with."""
    target = peer.targets[query]
    if warm:
        await put_load(target, clients, seconds=warm)
    server, database = cpu_seconds(peer.pid), cpu_seconds(postmaster)
    taken = await put_load(target, clients, seconds=seconds)
    count = len(taken.seconds)
    return Run(
        taken.percentile(0.5),
        taken.percentile(0.99),
        taken.rate,
        (cpu_seconds(peer.pid) - server) / count * 1000,
        (cpu_seconds(postmaster) - database) / count * 1000,
        taken.own_cpu / count * 1000,
        resident_megabytes(peer.pid),
    )


async def measure_all(
    peers: Sequence[Peer],
    query: str,
    clients: Sequence[int],
    *,
    seconds: float,
    rounds: int,
    postmaster: int,
    tell: Callable[[str], None],
) -> list[Measured]:
    """Each peer at each number of clients, in so many rounds."""
    found = [Measured(peer.name, query, number) for number in clients for peer in peers]
    by_name = {peer.name: peer for peer in peers}
    for round in range(rounds):
        tell(f"  {query}, round {round + 1} of {rounds} …")
        for measured in found:
            peer = by_name[measured.peer]
            warm = min(5.0, seconds) if round == 0 else 0.5
            measured.runs.append(
                await measure(peer, query, measured.clients, seconds, postmaster, warm)
            )
    return found
