"""POST /uploads: a file as the body of a request, written to the disk as it comes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp

from gateway import metrics
from gateway.auth import Authenticator
from gateway.downloads import refusal_of
from gateway.errors import Failures
from gateway.refusals import EdgeCode, Refused
from gateway.tracing import trace_of
from models import Upload
from resolvers.access import MUTATIONS
from resolvers.ids import global_id
from services.actors import Actor
from services.errors import Refusal
from services.files import Files, NoRoom
from services.instants import written
from services.uploads import TooLarge, keep_upload
from settings import Settings

RULE = MUTATIONS["importCustomers"]
NAME_HEADER = "x-file-name"
UNNAMED = "upload.csv"


class Uploads:
    """The address at which files are sent in. What it answers with is of importCustomers' use."""

    def __init__(
        self,
        settings: Settings,
        files: Files,
        authenticate: Authenticator,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._files = files
        self._authenticate = authenticate
        self._clock = clock

    async def take(self, request: Request) -> ASGIApp:
        """Take a file in: 201 with its id, or what is wrong."""
        trace = trace_of(request.scope)
        try:
            upload = await self._take(request)
        except Refused as refused:
            trace.code = refused.code.value
            return refusal_of(refused)
        except Refusal as refusal:
            trace.code = EdgeCode.BAD_REQUEST.value
            return refusal_of(Refused(400, EdgeCode.BAD_REQUEST, refusal.message))
        except Exception as exception:
            failed = Failures(trace.request_id).refuse(exception)
            trace.code = failed.code.value
            return refusal_of(failed)
        metrics.UPLOADED.inc(upload.size)
        return JSONResponse(described(upload), 201)

    async def _take(self, request: Request) -> Upload:
        now, trace = self._clock(), trace_of(request.scope)
        caller = await self._authenticate(request.headers.get("authorization"), now)
        actor = caller.actor
        trace.workspace_id = actor.workspace_id
        trace.api_key_id, trace.user_id = actor.api_key_id, actor.user_id
        _check(actor, request.headers, self._settings.limit_upload_bytes)
        limit = self._settings.limit_upload_bytes
        try:
            async with asyncio.timeout(self._settings.limit_upload_seconds):
                return await keep_upload(
                    self._files,
                    actor,
                    file_name(request),
                    _body(request),
                    limit=limit,
                    clock=self._clock,
                )
        except TooLarge:
            raise _too_large(limit) from None
        except NoRoom:
            raise Refused(
                507,
                EdgeCode.INSUFFICIENT_STORAGE,
                "There is no room for the file now. Try again later.",
                headers={"Connection": "close"},
            ) from None
        except TimeoutError:
            raise Refused(
                408,
                EdgeCode.REQUEST_TIMEOUT,
                "The file did not arrive in time.",
                headers={"Connection": "close"},
            ) from None


def file_name(request: Request) -> str:
    """What the client calls the file: by `?name=`, or percent-encoded in the header X-File-Name."""
    told = request.query_params.get("name") or unquote(request.headers.get(NAME_HEADER, ""))
    return told or UNNAMED


def _check(actor: Actor, headers: Mapping[str, str], limit: int) -> None:
    """Raise Refused for whoever may not import, and for a body that says that it is too large."""
    if not RULE.allows(actor):
        raise Refused(403, EdgeCode.FORBIDDEN, f"Sending a file needs {RULE.demand}.")
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:18]) > limit:
        raise _too_large(limit)
    if headers.get("content-type", "").startswith("multipart/"):
        raise Refused(
            415,
            EdgeCode.UNSUPPORTED_MEDIA_TYPE,
            "Send the file itself as the body, not a form: `curl --data-binary @people.csv`.",
        )
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refused(415, EdgeCode.UNSUPPORTED_MEDIA_TYPE, "Send the file uncompressed.")


async def _body(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises Refused where the client goes away before its end."""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, EdgeCode.BAD_REQUEST, "The client went away before the file's end.")
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


def _too_large(limit: int) -> Refused:
    return Refused(
        413,
        EdgeCode.PAYLOAD_TOO_LARGE,
        f"The file is too large: at most {limit} bytes are taken. Part it.",
        headers={"Connection": "close"},
        limit="upload_bytes",
        allowed=limit,
    )


def described(upload: Upload) -> dict[str, object]:
    """An upload as the address answers with it."""
    return {
        "id": global_id(Upload, upload.id),
        "fileName": upload.file_name,
        "size": upload.size,
        "sha256": upload.sha256,
        "expiresAt": written(upload.expires_at),
    }
