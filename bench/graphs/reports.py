"""What is printed: tables in Markdown, with the ratios to each peer."""

from collections.abc import Sequence

from bench.graphs.measures import Measured

HEAD = ("p50 ms", "p99 ms", "req/s", "server ms", "database ms", "memory MB")


def table(measured: Sequence[Measured], others: Sequence[str], first: str) -> str:
    """A row for each run; its requests a second over those of each of the `others`, and its p50
    over that of the `first` of them."""
    names = [name for name in others if any(one.peer == name for one in measured)]
    head = ["query", "clients", "peer", *HEAD, *(f"req/s ÷ {name}" for name in names)]
    head += [f"p50 ÷ {name}" for name in names if name == first]
    lines = ["| " + " | ".join(head) + " |", "|---|--:|---|" + "--:|" * (len(head) - 3)]
    for one in measured:
        cells = [one.query.upper(), str(one.clients), one.peer]
        cells += [f"{one.of('p50'):.2f}", f"{one.of('p99'):.2f}", f"{one.of('rate'):,.0f}"]
        cells += [f"{one.of('server'):.2f}", f"{one.of('database'):.2f}"]
        cells.append(f"{one.of('memory'):.0f}")
        cells += [_ratio(one, name, "rate", measured) for name in names]
        cells += [_ratio(one, name, "p50", measured) for name in names if name == first]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _ratio(one: Measured, name: str, figure: str, measured: Sequence[Measured]) -> str:
    if one.peer == name:
        return "1"
    for other in measured:
        if (other.peer, other.query, other.clients) == (name, one.query, one.clients):
            return f"{one.of(figure) / other.of(figure):.2f}"
    return "–"


def spreads(measured: Sequence[Measured]) -> str:
    """How far apart the rounds were, and what a request cost the load generator."""
    widest = max(
        ((high - low) / one.of("rate") for one in measured for low, high in [one.spread()]),
        default=0.0,
    )
    client = max((one.of("client") for one in measured), default=0.0)
    return (
        f"Each figure is the median of {len(measured[0].runs)} rounds; the rates of one row lay at "
        f"most {widest:.0%} apart. The load generator took at most {client:.3f} ms of CPU time a "
        "request."
    )


def rows(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table of text cells, the first column to the left."""
    told = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    told += ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join(told)
