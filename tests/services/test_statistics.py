"""After many rows came at once, the planner's statistics know of them."""

import pytest

from models import Workspace
from models.database import maintenance_connection
from services.statistics import IMPORTED, MANY, SHOWN, refresh_statistics

ANALYZED = """
    SELECT count(last_analyze) AS count FROM pg_stat_user_tables WHERE relname = ANY($1::text[])"""


@pytest.mark.parametrize("tables", [IMPORTED, SHOWN])
async def test_the_maintenance_role_may_analyze_what_is_loaded_in_bulk(
    workspace: Workspace, tables: tuple[str, ...]
) -> None:
    """It owns none of the tables, and needs PostgreSQL's right to maintain them."""
    await refresh_statistics(MANY, tables)
    [row] = await maintenance_connection().execute_query_dict(ANALYZED, [list(tables)])
    assert row["count"] == len(tables)
