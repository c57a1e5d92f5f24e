"""A worker process: arq on the inventory of jobs."""

import asyncio

import uvloop
from arq.worker import run_worker

from gateway.logging import configure_logging
from settings import read_settings
from workers.settings import WorkerSettings


def main() -> None:
    """Run jobs until told to stop."""
    configure_logging(read_settings())
    asyncio.set_event_loop(uvloop.new_event_loop())
    run_worker(WorkerSettings)


if __name__ == "__main__":
    main()
