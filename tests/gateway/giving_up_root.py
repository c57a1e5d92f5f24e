"""Starts the embedded servers: as this process's user, and, if that is root, as an ordinary one.

A program of its own, because a process cannot take its rights back. Python may lie where only root
can read it: the first start loads all that the second one needs.
"""

import asyncio
import os
import pwd

import asyncpg
import redis

from gateway.embedded import servers
from gateway.embedded.accounts import Account
from gateway.embedded.binaries import find_binaries
from gateway.embedded.temporary import temporary_servers


def main() -> None:
    """Use the servers once or twice; any trouble is a traceback."""
    use_servers()
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        reachable = find_binaries(Account(nobody.pw_uid, nobody.pw_gid))
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
        servers.find_binaries = lambda account: reachable  # type: ignore[attr-defined]
        use_servers()


def use_servers() -> None:
    """Start servers, and see that they are what the rest of Satukan relies on."""
    with temporary_servers(durable=True) as started:
        asyncio.run(use_postgres(started.addresses["DATABASE_URL"]))
        with redis.Redis.from_url(started.addresses["REDIS_URL"]) as valkey:
            assert valkey.set("a", "1")


async def use_postgres(url: str) -> None:
    """Its version, its order of text, and an extension from the wheel."""
    connection = await asyncpg.connect(url)
    assert int(await connection.fetchval("SHOW server_version_num")) >= 180000
    order = "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b', 'A', 'a', 'é']) AS x"
    assert await connection.fetchval(order) == "Aabé"
    await connection.execute("CREATE EXTENSION pg_trgm")
    await connection.close()


if __name__ == "__main__":
    main()
