"""Runs one benchmark: the module's `async def main(arguments)`."""

import asyncio
import importlib
import sys

import uvloop


def main() -> None:
    """Run the benchmark that the first argument names with the arguments after it."""
    benchmark = importlib.import_module(f"bench.{sys.argv[1]}")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(benchmark.main(sys.argv[2:]))


if __name__ == "__main__":
    main()
