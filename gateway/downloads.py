"""GET /downloads/ID: files behind signed addresses, whole or in parts (Range)."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.types import ASGIApp

from gateway import metrics
from gateway.errors import Failures
from gateway.refusals import EdgeCode, Refused
from gateway.responses import Answer, encode
from gateway.tracing import trace_of
from services.downloads import (
    Download,
    DownloadOver,
    NoDownload,
    SignedAddress,
    find_download,
)
from services.files import Files

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
NOTHING = "There is no file at this address. Ask the API for a fresh one."
OVER = "The time of this address is over. Ask the API for a fresh one."


class Downloads:
    """The address at which exported files and files of refused rows are fetched."""

    def __init__(self, files: Files, clock: Callable[[], datetime]) -> None:
        self._files = files
        self._clock = clock

    async def fetch(self, request: Request) -> ASGIApp:
        """A file, or a part of it: 200, 206, 416; 404 for nothing, 410 for an address that is over.

        Whatever is wrong with an address, also that it is of another workspace, gives one answer.
        """
        trace = trace_of(request.scope)
        try:
            found = await find_download(self._files, address_of(request), self._clock())
            status = await asyncio.to_thread(found.path.stat)
        except (NoDownload, FileNotFoundError):
            refused = Refused(404, EdgeCode.NOT_FOUND, NOTHING)
        except DownloadOver:
            refused = Refused(410, EdgeCode.NOT_FOUND, OVER)
        except Exception as exception:
            refused = Failures(trace.request_id).refuse(exception)
        else:
            metrics.DOWNLOADS.inc()
            return response_of(found, status)
        trace.code = refused.code.value
        return refusal_of(refused)


def response_of(found: Download, status: object) -> FileResponse:
    """The answer that sends a file, or the part that is asked for."""
    return FileResponse(
        found.path,
        media_type=found.media_type,
        filename=found.name,
        headers=HEADERS,
        stat_result=status,  # type: ignore[arg-type]
    )


def address_of(request: Request) -> SignedAddress:
    """The parts of an address. Raises NoDownload where it has not the form of one of ours."""
    query = request.query_params
    expires = query.get("expires", "")
    if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):
        raise NoDownload
    try:
        workspace_id = UUID(hex=query.get("workspace", ""))
    except ValueError:
        raise NoDownload from None
    id: str = request.path_params["id"]
    return SignedAddress(id, workspace_id, int(expires), query.get("signature", ""))


def refusal_of(refused: Refused) -> Answer:
    """What is wrong, as JSON like that of the API."""
    body = {"errors": [error.formatted for error in refused.errors]}
    return Answer(refused.status, encode(body), "application/json", refused.headers)
