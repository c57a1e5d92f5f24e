"""A worker process: it runs the inventory of jobs."""

import asyncio

import uvloop
from prometheus_client import start_http_server

from gateway.logging import configure_logging
from settings import read_settings
from workers.running import run_worker, settle_process


def main() -> None:
    """Run jobs until told to stop."""
    settings = read_settings()
    configure_logging(settings)
    if settings.worker_metrics_port is not None:
        start_http_server(settings.worker_metrics_port)
    settle_process()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_worker(settings))


if __name__ == "__main__":
    main()
