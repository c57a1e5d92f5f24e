"""The database's catalogue keeps to what lets it be distributed by workspace, and to the models.

The rules are of the architecture's chapter "Beyond one PostgreSQL".
"""

import re
from collections import defaultdict
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from tortoise import Tortoise, fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models.base import Reference
from models.database import APPLICATION_ROLE
from settings import Settings

POLICY = "(workspace_id = (NULLIF(current_setting('app.workspace'::text, true), ''::text))::uuid)"
FOREIGN_TO_US = {"_tortoise_migrations", "tortoise_migrations"}
TYPES: dict[type[fields.Field[Any]], str] = {
    fields.UUIDField: "uuid",
    Reference: "uuid",
    fields.TextField: "text",
    fields.IntField: "integer",
    fields.BigIntField: "bigint",
    fields.BooleanField: "boolean",
    fields.DatetimeField: "timestamp with time zone",
    fields.DateField: "date",
    fields.JSONField: "jsonb",
    fields.FloatField: "double precision",
    fields.BinaryField: "bytea",
}

TABLES = """
    SELECT c.oid, c.relname AS name, c.relrowsecurity AS secured, c.relforcerowsecurity AS forced
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY c.relname"""
COLUMNS = """
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS required,
        attidentity <> '' AS identity, attgenerated <> '' AS generated,
        pg_get_expr(d.adbin, d.adrelid) AS default
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
INDEXES = """
    SELECT i.relname AS name, x.indisprimary AS is_primary, x.indisunique AS is_unique,
        pg_get_indexdef(x.indexrelid, 1, true) AS first
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = $1"""
FOREIGN_KEYS = """
    SELECT conname AS name, confrelid::regclass::text AS target,
        ARRAY(SELECT a.attname FROM unnest(conkey) WITH ORDINALITY AS k(n, i)
            JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.n ORDER BY i)::text[]
            AS columns,
        ARRAY(SELECT a.attname FROM unnest(confkey) WITH ORDINALITY AS k(n, i)
            JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = k.n ORDER BY i)::text[]
            AS targets
    FROM pg_constraint WHERE contype = 'f' AND conrelid = $1"""
CHECKS = """
    SELECT conname AS name, pg_get_constraintdef(oid) AS text
    FROM pg_constraint WHERE contype = 'c' AND conrelid = $1"""
POLICIES = """
    SELECT polcmd::text AS command, polpermissive AS permissive, polroles AS roles,
        pg_get_expr(polqual, polrelid) AS using, pg_get_expr(polwithcheck, polrelid) AS check
    FROM pg_policy WHERE polrelid = $1"""


@pytest_asyncio.fixture(scope="module")
async def catalogue(settings: Settings, database: None) -> dict[str, dict[str, Any]]:
    """Each table of ours: its columns, indexes, keys and policies."""
    assert settings.database_url is not None
    connection = await asyncpg.connect(settings.database_url)
    found = {}
    for table in await connection.fetch(TABLES):
        if table["name"] in FOREIGN_TO_US:
            continue
        found[table["name"]] = {
            "table": table,
            "columns": {one["name"]: one for one in await connection.fetch(COLUMNS, table["oid"])},
            "indexes": await connection.fetch(INDEXES, table["oid"]),
            "keys": await connection.fetch(FOREIGN_KEYS, table["oid"]),
            "checks": await connection.fetch(CHECKS, table["oid"]),
            "policies": await connection.fetch(POLICIES, table["oid"]),
        }
    await connection.close()
    return found


def entities() -> dict[str, type[Model]]:
    """Every model by its table."""
    return {model._meta.db_table: model for model in Tortoise.apps["models"].values()}


async def rows(settings: Settings, sql: str) -> list[Any]:
    """What the owner of the database sees."""
    assert settings.database_url is not None
    connection = await asyncpg.connect(settings.database_url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


def test_each_model_has_its_table_and_each_table_its_model(
    catalogue: dict[str, dict[str, Any]],
) -> None:
    assert catalogue.keys() == entities().keys()
    assert len(catalogue) > 40


def test_the_workspace_comes_first_in_the_primary_key(catalogue: dict[str, dict[str, Any]]) -> None:
    for name, table in catalogue.items():
        [primary] = [index for index in table["indexes"] if index["is_primary"]]
        assert primary["first"] == "workspace_id", name


def test_the_workspace_comes_first_in_every_index_and_unique_key(
    catalogue: dict[str, dict[str, Any]],
) -> None:
    firsts = {
        index["name"]: index["first"] for table in catalogue.values() for index in table["indexes"]
    }
    assert set(firsts.values()) == {"workspace_id"}


def test_the_workspace_comes_first_in_every_foreign_key_on_both_sides(
    catalogue: dict[str, dict[str, Any]],
) -> None:
    for table in catalogue.values():
        for key in table["keys"]:
            assert key["columns"][0] == key["targets"][0] == "workspace_id", key["name"]


def test_row_level_security_is_forced_with_exactly_the_plain_policy(
    catalogue: dict[str, dict[str, Any]],
) -> None:
    for name, table in catalogue.items():
        assert table["table"]["secured"], name
        assert table["table"]["forced"], name
        [policy] = table["policies"]
        assert policy["command"] == "*", name
        assert policy["permissive"], name
        assert policy["roles"] == [0], name  # 0: for all roles
        assert (policy["using"], policy["check"]) == (POLICY, POLICY), name


def test_nothing_in_the_database_counts_or_acts_by_itself(
    catalogue: dict[str, dict[str, Any]],
) -> None:
    for name, table in catalogue.items():
        for column in table["columns"].values():
            assert not column["identity"], (name, column["name"])
            assert not column["generated"], (name, column["name"])
            assert "(" not in re.sub(r"\(\d.*\)", "", column["default"] or ""), column["default"]


async def test_there_are_no_triggers_rules_or_sequences(settings: Settings, database: None) -> None:
    triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    rules = "SELECT rulename FROM pg_rules WHERE schemaname = 'public'"
    sequences = """
        SELECT sequencename FROM pg_sequences
        WHERE schemaname = 'public' AND sequencename NOT LIKE '%tortoise_migrations%'"""
    assert [await rows(settings, sql) for sql in (triggers, rules, sequences)] == [[], [], []]


async def test_the_only_functions_set_the_workspace_for_the_transaction(
    settings: Settings, database: None
) -> None:
    sql = """
        SELECT p.proname, p.prosrc, p.prosecdef, p.provolatile::text, p.proparallel::text
        FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
        WHERE n.nspname = 'public' AND d.objid IS NULL ORDER BY p.proname"""
    functions = await rows(settings, sql)
    names = [function["proname"] for function in functions]
    assert names == ["satukan_bound", "satukan_set_workspace"]
    for function in functions:
        assert "SET LOCAL app.workspace" in function["prosrc"]
        assert not function["prosecdef"]
        # Neither folded by the planner, nor run by a worker beside the one that reads.
        assert (function["provolatile"], function["proparallel"]) == ("v", "u")


async def test_no_table_is_partitioned(settings: Settings, database: None) -> None:
    # Which partitions are read is decided when a statement starts: before it can bind itself.
    sql = "SELECT relname FROM pg_class WHERE relkind = 'p'"
    assert await rows(settings, sql) == []


def column_type(field: fields.Field[Any]) -> str:
    """The type of the column that a field of a model stands for."""
    if isinstance(field, fields.CharField):
        return f"character varying({field.max_length})"
    if isinstance(field, fields.DecimalField):
        return f"numeric({field.max_digits},{field.decimal_places})"
    if isinstance(field, ArrayField):
        return f"{field.element_type.lower()}[]"
    return next(TYPES[kind] for kind in type(field).__mro__ if kind in TYPES)


def test_models_and_columns_agree(catalogue: dict[str, dict[str, Any]]) -> None:
    for name, model in entities().items():
        has = {
            one["name"]: (one["type"], one["required"])
            for one in catalogue[name]["columns"].values()
        }
        says = {
            model._meta.fields_db_projection[attribute]: (column_type(field), not field.null)
            for attribute, field in model._meta.fields_map.items()
        }
        assert has == says, name


def test_each_reference_has_its_foreign_key_and_each_foreign_key_its_reference(
    catalogue: dict[str, dict[str, Any]],
) -> None:
    for name, model in entities().items():
        says = {
            attribute: field.table
            for attribute, field in model._meta.fields_map.items()
            if isinstance(field, Reference)
        }
        has: dict[str, str] = {}
        for key in catalogue[name]["keys"]:
            if key["target"] != "workspaces":
                assert len(key["columns"]) == 2, key["name"]
                assert key["targets"] == ["workspace_id", "id"], key["name"]
                has[key["columns"][1]] = key["target"]
        assert has == says, name


def test_each_enumeration_is_checked_for_exactly_the_values_of_its_model(
    catalogue: dict[str, dict[str, Any]],
) -> None:
    for name, model in entities().items():
        allowed: dict[str, set[str]] = defaultdict(set)
        for check in catalogue[name]["checks"]:
            if (column := re.search(r"\(\(+(\w+)\)::text = ", check["text"])) is not None:
                allowed[column[1]] = set(re.findall(r"'([A-Z_]+)'", check["text"]))
        says = {
            attribute: {one.value for one in field.enum_type}
            for attribute, field in model._meta.fields_map.items()
            if isinstance(field, fields.CharField) and hasattr(field, "enum_type")
        }
        assert allowed == says, name


async def test_the_applications_role_owns_nothing_bypasses_nothing_and_makes_nothing(
    settings: Settings, database: None
) -> None:
    [role] = await rows(settings, f"SELECT * FROM pg_roles WHERE rolname = '{APPLICATION_ROLE}'")
    for right in ("rolsuper", "rolbypassrls", "rolcreatedb", "rolcreaterole", "rolreplication"):
        assert role[right] is False
    owned = f"""
        SELECT 1 FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
        WHERE r.rolname = '{APPLICATION_ROLE}' AND d.deptype = 'o'"""
    assert await rows(settings, owned) == []
    memberships = f"""
        SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
        WHERE r.rolname = '{APPLICATION_ROLE}'"""
    assert await rows(settings, memberships) == []
    [creates] = await rows(
        settings,
        f"SELECT has_schema_privilege('{APPLICATION_ROLE}', 'public', 'CREATE') AS here,"
        f" has_database_privilege('{APPLICATION_ROLE}', current_database(), 'CREATE') AS anywhere",
    )
    assert (creates["here"], creates["anywhere"]) == (False, False)


@pytest.mark.parametrize("privilege", ["TRUNCATE", "REFERENCES", "TRIGGER"])
async def test_the_applications_role_may_only_read_and_write_rows(
    settings: Settings, catalogue: dict[str, dict[str, Any]], privilege: str
) -> None:
    for name in catalogue:
        [found] = await rows(
            settings,
            f"SELECT has_table_privilege('{APPLICATION_ROLE}', '{name}', '{privilege}') AS may",
        )
        assert found["may"] is False, name
