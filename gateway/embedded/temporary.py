"""Servers for a test run or a benchmark, on a folder that is thrown away afterwards."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.embedded.folders import DataFolder
from gateway.embedded.servers import EmbeddedServers
from gateway.embedded.supervisors import Supervisor
from gateway.failures import Failure

_PREFIX = "satukan-temporary-"


@dataclass(frozen=True)
class TemporaryServers:
    """Where they listen, and the passwords for the roles that migrations make."""

    addresses: Mapping[str, str]
    role_passwords: Mapping[str, str]


@contextmanager
def temporary_servers(
    supervisor: Supervisor | None = None,
    *,
    postgres: bool = True,
    valkey: bool = True,
    durable: bool = False,
) -> Iterator[TemporaryServers]:
    """Fresh servers while the context is open. They end with this process, however it ends.

    Not `durable`, they never wait for the disk: for tests. Raises Failure when they cannot start.
    """
    _remove_leftovers()
    folder = DataFolder(Path(tempfile.mkdtemp(prefix=_PREFIX)))
    supervisor = supervisor or Supervisor()
    try:
        folder.open()
        servers = EmbeddedServers(
            folder, supervisor, postgres=postgres, valkey=valkey, durable=durable
        )
        yield TemporaryServers(servers.start(), servers.role_passwords())
    finally:
        supervisor.stop()
        folder.close()
        shutil.rmtree(folder.path, ignore_errors=True)


def _remove_leftovers() -> None:
    """Remove the folders of runs that were killed; those of running ones are locked."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        leftover = DataFolder(path)
        try:
            leftover.open()
        except Failure:
            continue
        shutil.rmtree(path, ignore_errors=True)
        leftover.close()
