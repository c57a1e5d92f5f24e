"""A worker's part in delivering: it is woken by what is committed, and looks around by itself too.

Of several workers each does what it gets hold of first; rows in the database say who has what.
"""

import asyncio
import random
from collections.abc import Sequence
from functools import partial
from uuid import UUID

import structlog

from services.batches import Clock
from services.due_work import webhook_work
from services.notices import LogGrown
from services.transactions import UnknownWorkspace, retrying
from services.webhooks.delivering import Outcome, settle
from services.webhooks.lanes import MOST_AT_ONCE, Equipment, Lane
from services.webhooks.metrics import ATTEMPTS, DISABLED, MADE, SECONDS
from services.webhooks.schedules import RETRY_SECONDS
from services.webhooks.sending import Sender
from services.webhooks.spreading import spread

SWEEP_SECONDS = 1.0
"""Between looks into all workspaces: for retries, and for wake-up calls that were lost."""
PAUSE_SECONDS = 0.01
"""Between looks into the log of one workspace: a busy one is read in steps, not event by event."""
CONNECTIONS = 4
"""To the database, at a time: the other jobs of the worker need some, too."""
SETTLE_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 0.0)
"""Seconds after each time that an outcome could not be written down; what is not written down is
attempted again."""

log = structlog.get_logger("satukan.webhooks")


class Deliverer:
    """Makes the deliveries of all workspaces, as one of the workers. `hear` is a `Follow`."""

    def __init__(
        self,
        send: Sender,
        clock: Clock,
        *,
        waits: Sequence[float] = RETRY_SECONDS,
        dice: random.Random | None = None,
    ) -> None:
        """`waits`: seconds between attempts. `dice` make the jitter."""
        self._clock = clock
        database = asyncio.Semaphore(CONNECTIONS)
        settler = Settler(clock, database)
        chance = dice or random.Random()  # noqa: S311 - nothing secret hangs on it
        self._shared = Equipment(send, clock, settler.settle, database, waits, chance)
        self._lanes: dict[UUID, Lane] = {}
        self._spreading: dict[UUID, asyncio.Task[None]] = {}
        self._again: set[UUID] = set()
        self._unheeded: set[UUID] = set()
        self._sweeping = True
        self._look = asyncio.Event()

    def hear(self, notice: LogGrown) -> None:
        """A workspace has something to be delivered.

        One that has no endpoint is not asked again at each of its commits: an endpoint that is made
        or enabled says so with a notice without a number, and the sweep sees it anyway.
        """
        if not notice.seq:
            self._unheeded.discard(notice.workspace_id)
        if notice.workspace_id not in self._unheeded:
            self.stir(notice.workspace_id)

    def look_around(self) -> None:
        """Look into all workspaces soon: wake-up calls may have been missed."""
        self._look.set()

    async def run(self) -> None:
        """Look into all workspaces now and then, until cancelled."""
        while True:
            self._look.clear()
            try:
                await self.sweep()
                self._sweeping = True
            except Exception as error:
                if self._sweeping:
                    log.warning("webhook_sweep_failed", error=repr(error))
                self._sweeping = False
            try:
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._look.wait()
            except TimeoutError:
                continue

    async def sweep(self) -> None:
        """Stir each workspace that has something to be delivered."""
        for id, lane in list(self._lanes.items()):
            if lane.idle and lane.at_once == MOST_AT_ONCE:
                del self._lanes[id]
        for workspace_id in await webhook_work(self._clock()):
            self.stir(workspace_id)

    def stir(self, workspace_id: UUID) -> None:
        """Read on in a workspace's log, and deliver what is due."""
        if self._shared.stopping:
            return
        if workspace_id in self._spreading:
            self._again.add(workspace_id)
            return
        task = asyncio.get_running_loop().create_task(self._spread(workspace_id))
        self._spreading[workspace_id] = task

    async def settled(self) -> None:
        """Come back when nothing is under way: all that is due now has been attempted."""
        while self._spreading or any(not lane.idle for lane in self._lanes.values()):
            under_way = [lane.ended() for lane in self._lanes.values() if not lane.idle]
            await asyncio.gather(*self._spreading.values(), *under_way)
            await asyncio.sleep(0)

    async def finish(self, seconds: float) -> None:
        """Begin nothing more, and wait so long for the attempts that are under way."""
        self._shared.stopping = True
        await asyncio.gather(*self._spreading.values(), return_exceptions=True)
        await asyncio.gather(*(lane.finish(seconds) for lane in self._lanes.values()))

    async def _spread(self, workspace_id: UUID) -> None:
        try:
            await self._read_on(workspace_id)
        except UnknownWorkspace:
            pass
        except Exception as error:
            # The sweep comes back to it.
            log.warning("webhook_log_not_read", workspace=str(workspace_id), error=repr(error))
        finally:
            del self._spreading[workspace_id]

    async def _read_on(self, workspace_id: UUID) -> None:
        while not self._shared.stopping:
            self._again.discard(workspace_id)
            async with self._shared.database:
                found = await spread(workspace_id, self._clock)
            MADE.inc(found.made)
            (self._unheeded.discard if found.heeded else self._unheeded.add)(workspace_id)
            for endpoint_id in found.waiting:
                self._lane(workspace_id, endpoint_id).stir()
            if not found.more and workspace_id not in self._again:
                return
            await asyncio.sleep(PAUSE_SECONDS)

    def _lane(self, workspace_id: UUID, endpoint_id: UUID) -> Lane:
        lane = self._lanes.get(endpoint_id)
        if lane is None:
            lane = self._lanes[endpoint_id] = Lane(workspace_id, endpoint_id, self._shared)
        return lane


class Settler:
    """Writes down outcomes: those that come in while some are being written go together next."""

    def __init__(self, clock: Clock, database: asyncio.Semaphore) -> None:
        self._clock = clock
        self._database = database
        self._waiting: dict[UUID, list[tuple[Outcome, asyncio.Future[None]]]] = {}
        self._writing: dict[UUID, asyncio.Task[None]] = {}

    async def settle(self, workspace_id: UUID, outcome: Outcome) -> None:
        """Come back when the outcome is committed. Raises what went wrong with that."""
        loop = asyncio.get_running_loop()
        written = loop.create_future()
        self._waiting.setdefault(workspace_id, []).append((outcome, written))
        if workspace_id not in self._writing:
            task = loop.create_task(self._write(workspace_id))
            self._writing[workspace_id] = task
        await written

    async def _write(self, workspace_id: UUID) -> None:
        while batch := self._waiting.pop(workspace_id, None):
            outcomes = [outcome for outcome, _ in batch]
            error = await self._write_down(workspace_id, outcomes)
            for _, written in batch:
                if not written.done():
                    written.set_result(None) if error is None else written.set_exception(error)
        del self._writing[workspace_id]

    async def _write_down(
        self, workspace_id: UUID, outcomes: Sequence[Outcome]
    ) -> Exception | None:
        """Write outcomes, more than once where the database is away for a moment; what went wrong
        in the end."""
        error: Exception | None = None
        for pause in SETTLE_PAUSES:
            try:
                async with self._database:
                    disabled = await retrying(partial(settle, workspace_id, outcomes, self._clock))
                tell(workspace_id, outcomes, disabled)
                return None
            except Exception as failure:
                error = failure
            await asyncio.sleep(pause)
        return error


def tell(workspace_id: UUID, outcomes: Sequence[Outcome], disabled: Sequence[UUID]) -> None:
    """Count and log what came of attempts. Neither an address nor a secret is in the log."""
    for outcome in outcomes:
        name = outcome.status.value.lower()
        ATTEMPTS.labels(name).inc()
        SECONDS.labels(name).observe(outcome.answer.duration_ms / 1000)
        level = log.debug if outcome.answer.succeeded else log.info
        level(
            "webhook_attempted",
            workspace=str(workspace_id),
            endpoint=str(outcome.delivery.endpoint_id),
            delivery=str(outcome.delivery.id),
            message=outcome.delivery.message_id,
            attempt=outcome.delivery.attempts + 1,
            outcome=name,
            status=outcome.answer.status_code,
            error=outcome.answer.error,
            duration_ms=outcome.answer.duration_ms,
        )
    for id in disabled:
        DISABLED.inc()
        log.warning("webhook_endpoint_disabled", workspace=str(workspace_id), endpoint=str(id))
