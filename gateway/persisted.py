"""Documents that are named instead of sent: trusted ones, and those that clients have left here.

A trusted document (`gateway/trusted.py`) is one that the operator has given. A persisted one is
what a client has sent once with its SHA-256 ("automatic persisted queries", as Apollo's clients
have it): from then on the hash is enough, for everybody, as a text is found by nothing but its own
hash and what it may read is asked each time. Only what was admitted is kept, in this process within
a number of characters, and for the other processes in Valkey (`gateway/valkey.py`).
"""

import hashlib
import re
from collections import OrderedDict
from dataclasses import replace
from typing import Protocol

from gateway.admission import GraphQLRequest
from gateway.refusals import EdgeCode, Refused
from gateway.trusted import NONE_TRUSTED, TrustedDocuments
from settings import Settings

HASH = re.compile(r"[0-9a-f]{64}")
LONGEST = 32_768
"""Characters of a document that is kept; longer ones are sent each time."""


class SharedTexts(Protocol):
    """Where documents are left for other processes. It may forget them, and answers in no time."""

    async def read(self, digest: str) -> str | None:
        """The text that has this SHA-256, if it is there."""

    async def write(self, digest: str, text: str) -> None:
        """Leave a text, if that can be done."""


def digest_of(text: str) -> str:
    """The SHA-256 of a document, as clients name it."""
    return hashlib.sha256(text.encode()).hexdigest()


class NamedDocuments:
    """Finds the text of a document that a request names. One for the life of a process."""

    def __init__(
        self,
        settings: Settings,
        trusted: TrustedDocuments = NONE_TRUSTED,
        shared: SharedTexts | None = None,
    ) -> None:
        self._trusted = trusted
        self._only_trusted = settings.trusted_documents_only
        self._enabled = settings.persisted_queries and not settings.trusted_documents_only
        self._most = settings.persisted_queries_characters
        self._shared = shared
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._characters = 0

    async def complete(self, request: GraphQLRequest) -> GraphQLRequest:
        """The request with the text of its document.

        Raises Refused: 400 BAD_REQUEST where text and hash do not fit, DOCUMENT_NOT_TRUSTED where
        only trusted documents are served; 200 PERSISTED_QUERY_NOT_FOUND and
        PERSISTED_QUERY_NOT_SUPPORTED, upon which a client sends the text.
        """
        if request.document_id is not None:
            text = self._trusted.find(request.document_id)
            if text is None:
                raise self._unknown()
            return replace(request, query=text)
        if request.sha256 is None or request.query:
            if request.sha256 is not None and digest_of(request.query) != request.sha256:
                raise Refused(
                    400, EdgeCode.BAD_REQUEST, "`sha256Hash` is not the SHA-256 of `query`."
                )
            if self._only_trusted and not self._trusted.holds(request.query):
                raise _not_trusted()
            return request
        text = self._trusted.find(request.sha256) or await self._persisted(request.sha256)
        if text is None:
            raise self._unknown()
        return replace(request, query=text)

    async def keep(self, request: GraphQLRequest) -> None:
        """Keep the document of a request that was admitted, if its client named it by its hash."""
        digest, text = request.sha256, request.query
        if (
            digest is None
            or not self._enabled
            or len(text) > LONGEST
            or digest in self._texts
            or self._trusted.find(digest) is not None
        ):
            return
        self._texts[digest] = text
        self._characters += len(text)
        while self._characters > self._most:
            _, dropped = self._texts.popitem(last=False)
            self._characters -= len(dropped)
        if self._shared is not None:
            await self._shared.write(digest, text)

    async def _persisted(self, digest: str) -> str | None:
        if not self._enabled:
            return None
        known = self._texts.get(digest)
        if known is not None:
            self._texts.move_to_end(digest)
            return known
        found = await self._shared.read(digest) if self._shared is not None else None
        # Others may write there, too: what does not have the hash is not the document.
        return found if found is not None and digest_of(found) == digest else None

    def _unknown(self) -> Refused:
        if self._only_trusted:
            return _not_trusted()
        if not self._enabled:
            code, message = EdgeCode.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported"
        else:
            code, message = EdgeCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound"
        # Clients look for these very words, and some of them only where the status is 200.
        return Refused(200, code, message)


def _not_trusted() -> Refused:
    return Refused(
        400,
        EdgeCode.DOCUMENT_NOT_TRUSTED,
        "Only documents that the operator trusts are served here, and this is none of them.",
    )
