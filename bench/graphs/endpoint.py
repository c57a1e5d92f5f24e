"""The hand-written endpoint: what PostgreSQL and the wire allow. `python -m bench.graphs.endpoint`.

A bare ASGI application under uvicorn (uvloop, httptools): it reads the variables, runs one prepared
statement through asyncpg and sends what PostgreSQL wrote. It knows no schema, keys, limits or logs.
With `--guarded` it acts as Satukan's role does: bound to its workspace by row-level security, in a
transaction of three round trips. Without, it reads as a role that no policy binds, in one.
"""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn

from bench.graphs.statements import detail_sql, list_sql
from settings import read_settings

STATEMENTS = {"/detail": ("id", UUID, detail_sql()), "/list": ("first", int, list_sql())}
FRAMES = {
    "/detail": (b'{"data":{"customer":', b"}}"),
    "/list": (b'{"data":{"customers":{"nodes":', b"}}}"),
}


class Endpoint:
    """The application."""

    def __init__(self, workspace_id: UUID, guarded: bool, connections: int) -> None:
        self._workspace_id = workspace_id
        self._connections = connections
        self._begin = f"BEGIN; SELECT satukan_set_workspace('{workspace_id}')" if guarded else None
        self._pool: asyncpg.Pool[asyncpg.Record]

    async def open(self) -> None:
        """Connect."""
        settings = read_settings()
        self._pool = await asyncpg.create_pool(
            settings.database_app_url if self._begin else settings.database_maintenance_url,
            min_size=self._connections,
            max_size=self._connections,
            reset=_leave,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        name, kind, sql = STATEMENTS[scope["path"]]
        value = kind(orjson.loads(body)["variables"][name])
        before, after = FRAMES[scope["path"]]
        answer = before + (await self._read(sql, value)).encode() + after
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _read(self, sql: str, value: Any) -> str:
        async with self._pool.acquire() as connection:
            if self._begin is None:
                return str(await connection.fetchval(sql, self._workspace_id, value))
            await connection.execute(self._begin)
            try:
                return str(await connection.fetchval(sql, self._workspace_id, value))
            finally:
                await connection.execute("COMMIT")

    async def _live(self, receive: Any, send: Any) -> None:
        async with self._lifespan(receive, send):
            await receive()

    @asynccontextmanager
    async def _lifespan(self, receive: Any, send: Any) -> AsyncIterator[None]:
        await receive()
        await self.open()
        await send({"type": "lifespan.startup.complete"})
        yield
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _leave(connection: Any) -> None:
    """Nothing is reset when a connection goes back: nothing but transactions was begun on it."""


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workspace", type=UUID, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--guarded", action="store_true")
    told = parser.parse_args()
    uvicorn.run(
        Endpoint(told.workspace, told.guarded, told.connections),
        port=told.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
    )


if __name__ == "__main__":
    main()
