"""Following imports: how far each has come, for those who watch.

An import's row says how far it is. All imports of a workspace that are watched in this process are
read together, twice a second, as long as somebody watches.
"""

import asyncio
import contextvars
from collections import defaultdict
from uuid import UUID

import structlog

from models import Import, ImportStatus
from services.errors import not_found
from services.events import reading

PAUSE_SECONDS = 0.5
ENDED = frozenset({ImportStatus.FINISHED, ImportStatus.FAILED, ImportStatus.CANCELLED})
COLUMNS = ", ".join(f"i.{column}" for column in Import._meta.fields_db_projection.values())
FIND = f"SELECT {COLUMNS} FROM imports i WHERE i.workspace_id = $1 AND i.id = ANY($2::uuid[])"

log = structlog.get_logger("satukan.feeds")


async def read_imports(workspace_id: UUID, ids: list[UUID]) -> dict[UUID, Import]:
    """The imports of these ids, those that there are."""
    async with reading(workspace_id) as connection:
        rows = await connection.execute_query_dict(FIND, [workspace_id, ids])
    return {row["id"]: Import._init_from_db(**row) for row in rows}


class ImportFeeds:
    """All imports that are watched in this process."""

    def __init__(self, pause_seconds: float = PAUSE_SECONDS) -> None:
        self.pause_seconds = pause_seconds
        self.watches: dict[UUID, _Watch] = {}

    async def follow(self, workspace_id: UUID, import_id: UUID) -> "ImportFeed":
        """An import as it is, and then each time that it has come further, to its end.

        Raises a Refusal (NOT_FOUND) where the workspace has none of this id.
        """
        found = (await read_imports(workspace_id, [import_id])).get(import_id)
        if found is None:
            raise not_found("import", "importId")
        watch = self.watches.get(workspace_id)
        if watch is None:
            watch = self.watches[workspace_id] = _Watch(self, workspace_id)
        return ImportFeed(watch, found)

    async def close(self) -> None:
        """End the watching."""
        tasks = [watch.task for watch in self.watches.values()]
        self.watches.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class ImportFeed:
    """What one watcher gets: the latest that is known, never a queue of it. `aclose` it."""

    def __init__(self, watch: "_Watch", first: Import) -> None:
        self._watch = watch
        self._id = first.id
        self._latest: Import | None = first
        self._offered = progress(first)
        self._ended = first.status in ENDED
        self._woken = asyncio.Event()
        watch.feeds[first.id].add(self)

    def __aiter__(self) -> "ImportFeed":
        return self

    async def __anext__(self) -> Import:
        """The import, when it has come further."""
        while self._latest is None:
            if self._ended:
                raise StopAsyncIteration
            self._woken.clear()
            await self._woken.wait()
        latest, self._latest = self._latest, None
        return latest

    async def aclose(self) -> None:
        """Watch no more."""
        self._watch.leave(self._id, self)

    def offer(self, found: Import | None) -> None:
        """This is how it stands; None: it is gone."""
        if found is not None and progress(found) != self._offered:
            self._latest = found
            self._offered = progress(found)
            self._woken.set()
        if found is None or found.status in ENDED:
            self._ended = True
            self._woken.set()


def progress(row: Import) -> tuple[object, ...]:
    """What a watcher is told of when it changes."""
    return (row.status, row.total, row.done, row.added, row.updated, row.skipped, row.failed)


class _Watch:
    """Looks at the imports of one workspace that somebody watches."""

    def __init__(self, all: ImportFeeds, workspace_id: UUID) -> None:
        self._all = all
        self._workspace_id = workspace_id
        self.feeds: defaultdict[UUID, set[ImportFeed]] = defaultdict(set)
        self.task = asyncio.get_running_loop().create_task(
            self._run(), context=contextvars.Context()
        )

    def leave(self, id: UUID, feed: ImportFeed) -> None:
        """Offer nothing more to a watcher; with the last one, end."""
        self.feeds[id].discard(feed)
        if not self.feeds[id]:
            del self.feeds[id]
        if not self.feeds:
            if self._all.watches.get(self._workspace_id) is self:
                del self._all.watches[self._workspace_id]
            self.task.cancel()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._all.pause_seconds)
            ids = list(self.feeds)
            try:
                found = await read_imports(self._workspace_id, ids)
            except Exception as error:  # PostgreSQL is away: looked at again after the pause
                log.warning("imports_not_read", error=type(error).__name__)
                continue
            for id in ids:
                for feed in tuple(self.feeds.get(id, ())):
                    feed.offer(found.get(id))
