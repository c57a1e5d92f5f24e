"""The command line: what it prints, and its exit codes (0 done, 1 a sentence, 2 wrong usage)."""

import json
import subprocess

import pytest

from gateway.cli import COMMANDS
from gateway.commands.runs import benchmark_names, chooses_processes
from gateway.installations import PROJECT
from services.workspaces import list_workspaces
from settings import Settings
from tests.gateway.installations import satukan

UNKNOWN = "wsp_00000000000070008000000000000000"


def on(settings: Settings) -> dict[str, str]:
    """The environment of somebody who works on the tests' own database."""
    names = ("DATABASE_URL", "DATABASE_APP_URL", "DATABASE_MAINTENANCE_URL", "REDIS_URL")
    return {name: getattr(settings, name.lower()) or "" for name in names}


def made_workspace(settings: Settings, *options: str) -> dict[str, str]:
    outcome = satukan("workspace", "create", "Warung Bu Tini", "--json", *options, **on(settings))
    assert outcome.returncode == 0, outcome.stderr
    found: dict[str, str] = json.loads(outcome.stdout)
    return found


async def test_a_workspace_is_created_with_its_zone_country_and_currency(
    settings: Settings, database: None
) -> None:
    options = ("--timezone", "Asia/Jayapura", "--country", "id", "--currency", "idr")
    made = made_workspace(settings, *options)
    assert made == {
        "id": made["id"],
        "name": "Warung Bu Tini",
        "timezone": "Asia/Jayapura",
        "country": "ID",
        "currency": "IDR",
    }
    assert made["id"].removeprefix("wsp_") in {each.id.hex for each in await list_workspaces()}


async def test_an_operator_says_for_how_long_things_are_kept(
    settings: Settings, database: None
) -> None:
    id = made_workspace(settings)["id"]
    shown = satukan("workspace", "retention", id, **on(settings))
    assert shown.stdout == "campaigns: forever\ndeleted: forever\n"
    told = ("--deleted", "30", "--campaigns", "6", "--json")
    changed = satukan("workspace", "retention", id, *told, **on(settings))
    assert json.loads(changed.stdout)["retention"] == {"campaigns": 6, "deleted": 30}
    back = satukan("workspace", "retention", id, "--deleted", "forever", **on(settings))
    assert back.stdout == "campaigns: 6 months\ndeleted: forever\n"
    for bad in ("-1", "many", "99999"):
        refused = satukan("workspace", "retention", id, f"--deleted={bad}", **on(settings))
        assert refused.returncode == 1
        assert "number" in refused.stderr


async def test_a_workspaces_settings_are_changed(settings: Settings) -> None:
    id = made_workspace(settings)["id"]
    told = ("--timezone", "Asia/Jayapura", "--window-hours", "48", "--name", "Toko Baru")
    changed = json.loads(satukan("workspace", "set", id, *told, "--json", **on(settings)).stdout)
    assert changed == {
        "id": id,
        "name": "Toko Baru",
        "timezone": "Asia/Jayapura",
        "country": "ID",
        "currency": None,
        "windowHours": 48,
        "windowsReopened": 0,
    }
    shown = satukan("workspace", "set", id, **on(settings))
    assert "timezone: Asia/Jayapura\n" in shown.stdout
    for bad in ("--timezone=Asia/Atlantis", "--window-hours=0", "--country=XX"):
        assert satukan("workspace", "set", id, bad, **on(settings)).returncode == 1


async def test_a_key_opens_its_workspace_until_it_is_revoked(
    settings: Settings, database: None
) -> None:
    workspace = made_workspace(settings)["id"]
    of = ("--workspace", workspace)
    partner = ("--role", "partner", "--scope", "customers:read", "--scope", "events:read")
    made = json.loads(
        satukan("key", "create", *of, *partner, "--name", "ERP", "--json", **on(settings)).stdout
    )
    assert set(made) == {"id", "key"}
    listed = json.loads(satukan("key", "list", *of, "--json", **on(settings)).stdout)
    assert [(key["id"], key["name"], key["role"]) for key in listed] == [
        (made["id"], "ERP", "PARTNER")
    ]
    assert sorted(listed[0]["scopes"]) == ["customers:read", "events:read"]
    assert made["key"] not in json.dumps(listed)
    revoked = satukan("key", "revoke", made["id"], *of, **on(settings))
    assert (revoked.returncode, revoked.stderr) == (0, "")
    assert "revoked" in satukan("key", "list", *of, **on(settings)).stdout
    away = {**on(settings), "REDIS_URL": "redis://127.0.0.1:1/0"}
    again = satukan("key", "revoke", made["id"], *of, **away)
    assert again.returncode == 0
    assert "up to 5 seconds" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("workspace", "create", "X", "--timezone", "Asia/Atlantis"), "no time zone"),
        (("workspace", "create", "X", "--country", "XX"), "no country"),
        (("workspace", "create", "X", "--currency", "RUPIAH"), "no currency"),
        (("key", "create", "--workspace", UNKNOWN, "--role", "king"), "owner, admin, agent"),
        (
            ("key", "create", "--workspace", UNKNOWN, "--role", "partner", "--scope", "all"),
            "customers:read",
        ),
        (("key", "create", "--workspace", UNKNOWN, "--role", "owner"), "No workspace has the id"),
        (("key", "list", "--workspace", "cus_123"), "is no id"),
        (("key", "list", "--workspace", UNKNOWN), "No workspace has the id"),
    ],
)
def test_a_wrong_value_is_a_sentence(
    settings: Settings, arguments: tuple[str, ...], says: str
) -> None:
    outcome = satukan(*arguments, **on(settings))
    assert outcome.returncode == 1
    assert says in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("up", "--port", "a lot"),
        ("up", "--port", "70000"),
        ("up", "--workers", "0"),
        ("workspace", "create"),
        ("key", "create", "--role", "owner"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert satukan(*arguments).returncode == 2


def test_a_setting_that_cannot_be_used_is_named() -> None:
    outcome = satukan("workspace", "list", SATUKAN_LOG_LEVEL="LOUD")
    assert outcome.returncode == 1
    assert "log_level" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_database_that_does_not_answer_is_a_sentence() -> None:
    outcome = satukan("workspace", "list", DATABASE_URL="postgres://satukan@127.0.0.1:1/satukan")
    assert outcome.returncode == 1
    assert "The database cannot be used" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_migrate_again_finds_nothing_to_do(settings: Settings) -> None:
    outcome = satukan("migrate", **on(settings))
    assert (outcome.returncode, outcome.stdout) == (0, "Nothing to migrate.\n")


def test_help_names_every_subcommand() -> None:
    outcome = satukan("--help", COLUMNS="100", TERM="dumb")
    assert outcome.returncode == 0
    assert [name for name in COMMANDS if f" {name} " not in outcome.stdout] == []


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        ([], False),
        (["tests/gateway", "-x"], False),
        (["-n", "4"], True),
        (["-n0"], True),
        (["--numprocesses=4"], True),
        (["--pdb"], True),
    ],
)
def test_tests_run_in_two_processes_unless_told(arguments: list[str], chosen: bool) -> None:
    assert chooses_processes(arguments) is chosen


def test_benchmarks_are_listed_by_name() -> None:
    outcome = satukan("bench")
    assert outcome.stdout.split() == benchmark_names(PROJECT / "bench")
    unknown = satukan("bench", "nonsense")
    assert unknown.returncode == 1
    assert "There is no benchmark “nonsense”." in unknown.stderr


def test_the_schema_is_printed_as_it_is_committed() -> None:
    outcome = satukan("schema")
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout == (PROJECT / "schema" / "schema.graphql").read_text()


def test_the_launcher_passes_arguments_and_exit_codes_on() -> None:
    outcome = subprocess.run(
        [PROJECT / "satukan", "key", "create"], cwd="/", capture_output=True, check=False
    )
    assert outcome.returncode == 2
