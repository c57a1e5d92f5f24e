"""Whether a worker lives: the health check of a container that answers no HTTP."""

import sys

import redis

from settings import read_settings
from workers.queues import HEALTH_KEY


def main() -> None:
    """End with 0 when a worker has written its sign of life a moment ago, else with 1."""
    url = read_settings().redis_url
    if url is None:
        sys.exit("Set REDIS_URL.")
    with redis.Redis.from_url(url, socket_timeout=4) as connection:
        sys.exit(0 if connection.exists(HEALTH_KEY) else 1)


if __name__ == "__main__":
    main()
