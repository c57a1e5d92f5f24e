"""Callers known for seconds: who the bearer of a token is, without asking the database each time.

What is remembered is found by the SHA-256 of the token, for as long as the setting
`caller_cache_seconds` says, and never beyond the end of the key or token. A revoked key is
forgotten when the notice of it comes, which is at once; so while no notices can come, nothing is
remembered. What else changes about a caller, such as the role of a user or the settings of the
workspace, shows within those seconds. Tokens that are nobody's are not remembered: they would fill
the memory.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.actors import Caller, Recognized
from services.notices import KeyRevoked

MOST_CALLERS = 10_000


def digest_of(token: str) -> bytes:
    """What a token is remembered by: nobody finds the token in a dump of the memory by it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class _Known:
    recognized: Recognized
    since: datetime
    until: datetime


class KnownCallers:
    """Remembers callers. One for the life of a process; `gateway/valkey.py` brings it notices."""

    def __init__(self, seconds: float, most: int = MOST_CALLERS) -> None:
        """`seconds` for which a caller is remembered; `most` callers, then the one not seen for
        the longest is forgotten."""
        self._lifetime = timedelta(seconds=seconds)
        self._most = most
        self._callers: OrderedDict[bytes, _Known] = OrderedDict()
        self._listening = False
        self._heard = 0

    def __len__(self) -> int:
        return len(self._callers)

    @property
    def mark(self) -> int:
        """To be read before the database is asked, and given to `keep`: what was heard until then.
        A key that is revoked in between is not remembered from before."""
        return self._heard

    def find(self, digest: bytes, now: datetime) -> Caller | None:
        """The caller of a token, if that is known at `now`."""
        recognized = self.recall(digest, now)
        return None if recognized is None else recognized.caller

    def recall(self, digest: bytes, now: datetime) -> Recognized | None:
        """The same, with the end of the key or token."""
        if not self._listening:
            return None
        known = self._callers.get(digest)
        if known is None:
            return None
        if not known.since <= now < known.until:
            del self._callers[digest]
            return None
        self._callers.move_to_end(digest)
        return known.recognized

    def keep(self, digest: bytes, recognized: Recognized, now: datetime, mark: int) -> None:
        """Remember whose token it is, as the database has said after `mark` was read."""
        if not self._listening or mark != self._heard:
            return
        until = now + self._lifetime
        if recognized.ends_at is not None:
            until = min(until, recognized.ends_at)
        if until <= now:
            return
        self._callers[digest] = _Known(recognized, now, until)
        self._callers.move_to_end(digest)
        while len(self._callers) > self._most:
            self._callers.popitem(last=False)

    def hear(self, notice: KeyRevoked) -> None:
        """Forget who came by a key that was revoked."""
        self._heard += 1
        gone = [
            digest
            for digest, known in self._callers.items()
            if known.recognized.caller.actor.api_key_id == notice.key_id
        ]
        for digest in gone:
            del self._callers[digest]

    def begin(self) -> None:
        """Notices come from now on."""
        self.interrupt()
        self._listening = True

    def interrupt(self) -> None:
        """Notices may be missed from now on: forget everybody, and remember nobody."""
        self._heard += 1
        self._listening = False
        self._callers.clear()
