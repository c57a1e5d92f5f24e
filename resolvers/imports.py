"""Imports: where what was refused can be fetched."""

import models
from services.ids import global_id

ERROR_FILE_URL = """CASE WHEN r.error_file_path IS NOT NULL
    THEN '/downloads/imp_' || replace(r.id::text, '-', '') END"""


def error_file_url(row: models.Import) -> str | None:
    """The path of the file of refused rows; None where there is none."""
    if row.error_file_path is None:
        return None
    return f"/downloads/{global_id(models.Import, row.id)}"
