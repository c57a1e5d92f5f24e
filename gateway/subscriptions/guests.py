"""Guests: the callers who have connections open, and whether they still may.

A revoked key's connections end when the notice of it comes, which is at once. Each guest's key or
token is looked up again every few seconds besides, for the time when no notices can come, and its
end is kept to.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from gateway.refusals import RETRY_AFTER_SECONDS, EdgeCode, Refused
from gateway.subscriptions.endings import CHANGED, EXPIRED, LEAVING, REVOKED, Ending
from gateway.subscriptions.places import Held, Most, Places, Who
from services.actors import Caller, Recognized
from services.notices import KeyRevoked
from settings import Settings

TICK_SECONDS = 0.5
"""How late the end of a key may be noticed."""

log = structlog.get_logger("satukan.subscriptions")


class Recognizer(Protocol):
    """Says whose a key or token is."""

    async def recognize(self, authorization: str | None, now: datetime) -> Recognized:
        """The caller, and until when. Raises Refused (401, UNAUTHENTICATED)."""
        ...


class Session(Protocol):
    """A connection that somebody has open."""

    def end(self, ending: Ending) -> None:
        """End it soon, with this for a reason."""


@dataclass(eq=False)
class Guest:
    """A caller, by one key or token, and what they have open."""

    authorization: str | None
    recognized: Recognized
    checked_at: datetime
    sessions: set[Session] = field(default_factory=set)

    @property
    def caller(self) -> Caller:
        """Who it is."""
        return self.recognized.caller

    @property
    def who(self) -> UUID | None:
        """The key or the user: limits are theirs."""
        return self.caller.actor.api_key_id or self.caller.actor.user_id


class Guests:
    """All guests of this process: a `Hears` of notices."""

    def __init__(
        self, recognizer: Recognizer, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        self._recognizer = recognizer
        self._settings = settings
        self._clock = clock
        self._guests: dict[str | None, Guest] = {}
        self._connections: Counter[Who] = Counter()
        self._subscriptions: Counter[Who] = Counter()
        self.places = Places(self._held, lambda: {*self._connections, *self._subscriptions})
        self._leaving = False
        self._heard = 0

    async def welcome(self, authorization: str | None, session: Session) -> Guest:
        """The guest behind an Authorization header, whose session this is from now on.

        Raises Refused: 401 UNAUTHENTICATED, 429 for one connection too many, 503 while the process
        is told to stop.
        """
        now = self._clock()
        recognized, heard = None, None
        while recognized is None or heard != self._heard:
            # What was revoked while it was looked up: that may have been seen from before.
            heard = self._heard
            recognized = await self._recognizer.recognize(authorization, now)
        guest = self._guests.get(authorization) or Guest(authorization, recognized, now)
        guest.recognized = recognized
        await self._take_place(guest)
        if heard != self._heard:
            # The key may have been revoked while others were asked: whoever ends its sessions does
            # not know of this one.
            self._leave_place(guest)
            return await self.welcome(authorization, session)
        if self._leaving:
            self._leave_place(guest)
            raise self._ends()
        guest = self._guests.setdefault(authorization, guest)
        guest.recognized = recognized
        guest.sessions.add(session)
        return guest

    async def _take_place(self, guest: Guest) -> None:
        """Make room for one more connection of a guest; raises what `welcome` does."""
        if self._leaving:
            raise self._ends()
        most = self._settings.limit_connections_per_key
        if self._connections[guest.who] >= most:
            raise too_many("connections", "per_key", most)
        self._connections[guest.who] += 1
        try:
            allowed = await self.places.take(guest.who, Most(connections=most))
        except BaseException:
            self._leave_place(guest)
            raise
        if not allowed:
            _less(self._connections, guest.who)
            raise too_many("connections", "per_key", most)

    def _ends(self) -> Refused:
        """The refusal of whoever comes while the process is told to stop."""
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return Refused(503, EdgeCode.UNAVAILABLE, "This process ends.", headers=headers)

    def _leave_place(self, guest: Guest) -> None:
        _less(self._connections, guest.who)
        self.places.give(guest.who)

    def leave(self, guest: Guest, session: Session) -> None:
        """A session of a guest has ended."""
        if session not in guest.sessions:
            return
        guest.sessions.discard(session)
        self._leave_place(guest)
        if not guest.sessions and self._guests.get(guest.authorization) is guest:
            del self._guests[guest.authorization]

    async def subscribe(self, guest: Guest) -> None:
        """A guest subscribes; `unsubscribe` them at the end.

        Raises Refused (429) for one subscription too many.
        """
        most = self._settings.limit_subscriptions_per_key
        if self._subscriptions[guest.who] >= most:
            raise too_many("subscriptions", "per_key", most)
        self._subscriptions[guest.who] += 1
        try:
            allowed = await self.places.take(guest.who, Most(subscriptions=most))
        except BaseException:
            self.unsubscribe(guest)
            raise
        if not allowed:
            _less(self._subscriptions, guest.who)
            raise too_many("subscriptions", "per_key", most)

    def unsubscribe(self, guest: Guest) -> None:
        """A subscription of a guest has ended."""
        _less(self._subscriptions, guest.who)
        self.places.give(guest.who)

    def _held(self, who: Who) -> Held:
        """What a caller has open here."""
        return Held(self._connections[who], self._subscriptions[who])

    def hear(self, notice: KeyRevoked) -> None:
        """A key was revoked."""
        self._heard += 1
        for guest in tuple(self._guests.values()):
            if guest.caller.actor.api_key_id == notice.key_id:
                _end(guest.sessions, REVOKED)

    def begin(self) -> None:
        """Notices come again: keys may have been revoked meanwhile, so all are to be looked up."""
        for guest in self._guests.values():
            guest.checked_at = guest.checked_at.min.replace(tzinfo=guest.checked_at.tzinfo)

    def interrupt(self) -> None:
        """Notices may be missed: keys are looked up every few seconds anyway."""

    def say_goodbye(self) -> None:
        """Have all sessions end, and none begin any more: the process is told to stop."""
        self._leaving = True
        for guest in tuple(self._guests.values()):
            _end(guest.sessions, LEAVING)

    async def watch(self) -> None:
        """Look after the guests' keys, until cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self.check(self._clock())

    async def check(self, now: datetime) -> None:
        """End the sessions of those whose key has come to its end, or is found to be revoked."""
        again = timedelta(seconds=self._settings.subscription_check_seconds)
        for guest in tuple(self._guests.values()):
            ends_at = guest.recognized.ends_at
            if ends_at is not None and ends_at <= now:
                _end(guest.sessions, EXPIRED)
            elif guest.checked_at <= now - again:
                await self._look_up(guest, now)

    async def _look_up(self, guest: Guest, now: datetime) -> None:
        """Ask whose the key is now. Who cannot be asked for now is asked for later."""
        guest.checked_at = now
        try:
            recognized = await self._recognizer.recognize(guest.authorization, now)
        except Refused as refused:
            if refused.code is EdgeCode.UNAUTHENTICATED:
                _end(guest.sessions, REVOKED)
            return
        except Exception as error:  # PostgreSQL is away: no event comes from there either
            log.warning("guest_not_checked", error=type(error).__name__)
            return
        before, after = guest.caller.actor, recognized.caller.actor
        if (before.role, before.scopes) != (after.role, after.scopes):
            _end(guest.sessions, CHANGED)
        guest.recognized = recognized


def too_many(things: str, whose: str, most: int) -> Refused:
    """The refusal of one connection or subscription too many, by the setting `limit_<things>_…`."""
    return Refused(
        429,
        EdgeCode.TOO_MANY_SUBSCRIPTIONS,
        f"There are too many {things} already: at most {most} at a time.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        limit=f"{things}_{whose}",
        allowed=most,
    )


def _end(sessions: Iterable[Session], ending: Ending) -> None:
    for session in tuple(sessions):
        session.end(ending)


def _less(counter: Counter[Who], who: Who) -> None:
    counter[who] -= 1
    if counter[who] <= 0:
        del counter[who]
