"""Every table is known to erasing: what it does there, or why there is nothing to do."""

from models.database import maintenance_connection
from services.erasing.tables import CLEARINGS, ELSEWHERE, WITHOUT_CUSTOMERS

TABLES = """
    SELECT DISTINCT table_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'workspace_id'"""


async def test_erasing_knows_each_table_once(database: None) -> None:
    found = await maintenance_connection().execute_query_dict(TABLES)
    tables = {row["table_name"] for row in found}
    cleared = {clearing.table for clearing in CLEARINGS}
    named = [cleared, set(ELSEWHERE), set(WITHOUT_CUSTOMERS)]
    assert set().union(*named) == tables, "say in services/erasing/tables.py what erasing does"
    assert sum(map(len, named)) == len(tables), "a table is named twice"
