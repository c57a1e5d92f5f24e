"""Imports: what is asked for, what was refused, and where that can be fetched."""

from collections.abc import Sequence
from typing import Any

import models
from models import OnDuplicate
from resolvers.context import Context
from resolvers.downloads import address_of
from resolvers.ids import global_id, parse_id
from services.importing.requests import NewImport


def error_file_url(context: Context, row: models.Import) -> str | None:
    """A signed address of the file of refused rows; None where there is none to be fetched."""
    if row.error_file_path is None or row.download_key is None:
        return None
    return address_of(context, global_id(models.Import, row.id), row.download_key)


def new_import(
    upload_id: str,
    mapping: Sequence[tuple[str, str]],
    on_duplicate: OnDuplicate,
    group_ids: Sequence[str],
    tag_ids: Sequence[str],
    *,
    dry_run: bool,
) -> NewImport:
    """An import as services take it. Raises a Refusal (INVALID) for a bad id."""
    return NewImport(
        upload_id=parse_id(upload_id, models.Upload, "uploadId"),
        mapping=mapping,
        on_duplicate=on_duplicate,
        group_ids=_ids(group_ids, models.Group, "groupIds"),
        tag_ids=_ids(tag_ids, models.Tag, "tagIds"),
        dry_run=dry_run,
    )


def _ids(given: Sequence[str], model: Any, name: str) -> list[Any]:
    found = [parse_id(id, model, name, str(index)) for index, id in enumerate(given)]
    return list(dict.fromkeys(found))


def import_asked(_context: Context, values: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    """What `import(id:)` asks for, for a compiled plan; a Refusal (INVALID) for a bad id."""
    return {"id": (parse_id(values["id"], models.Import, "id"), "uuid")}


def export_asked(_context: Context, values: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    """What `export(id:)` asks for, for a compiled plan; a Refusal (INVALID) for a bad id."""
    return {"id": (parse_id(values["id"], models.Export, "id"), "uuid")}
