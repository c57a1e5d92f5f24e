"""Those who are measured, each a process of its own on a port of its own."""

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import orjson

from bench.graphs import queries
from bench.graphs.load import Target
from gateway.embedded.children import Program
from gateway.embedded.servers import free_port
from gateway.embedded.supervisors import Supervisor
from gateway.processes.commands import python_module
from models import Customer
from services.ids import global_id
from settings import child_environment

POSTGRAPHILE = Path(__file__).resolve().parent.parent / "postgraphile"
NODE = POSTGRAPHILE / "node_modules" / "node" / "bin" / "node"
START_SECONDS = 60.0
CONNECTIONS = 10
"""Each peer's pool: Satukan's default."""
PLACE = "\u0000"


@dataclass(frozen=True)
class Peer:
    """A running server: how it is asked each query, and how it wants a value written."""

    name: str
    pid: int
    targets: Mapping[str, Target]
    written: Callable[[UUID | int], bytes]


@dataclass(frozen=True)
class Site:
    """What peers are started on."""

    supervisor: Supervisor
    addresses: Mapping[str, str]
    workspace_id: UUID
    key: str
    logs: Path
    customers: Sequence[UUID]

    def satukan(self, name: str, *, compiled: bool = True, workers: int = 1) -> Peer:
        """Satukan as it ships in production, on the compiled path where it can or the plain one."""
        port = free_port()
        environment = child_environment(
            {
                **self.addresses,
                "SATUKAN_ENVIRONMENT": "production",
                "SATUKAN_COMPILED": str(compiled).lower(),
                "SATUKAN_DATABASE_POOL_SIZE": str(CONNECTIONS),
            }
        )
        command = python_module(
            "gateway.cli", "serve", "--port", str(port), "--workers", str(workers)
        )
        url = f"http://127.0.0.1:{port}/graphql"
        pid = self._start(name, command, environment, port)
        headers = (("Authorization", f"Bearer {self.key}"),)
        texts = {"detail": queries.satukan_detail(), "list": queries.satukan_list()}
        return self._peer(name, pid, url, headers, texts, global_written)

    def postgraphile(self, name: str, schema: str, *, guarded: bool) -> Peer:
        """PostGraphile over a schema; guarded, bound to the workspace by row-level security."""
        port = free_port()
        reader = "DATABASE_APP_URL" if guarded else "DATABASE_MAINTENANCE_URL"
        told = {
            "connectionString": self.addresses[reader],
            "schema": schema,
            "workspace": str(self.workspace_id) if guarded else None,
            "port": port,
            "connections": CONNECTIONS,
        }
        command = [str(NODE), str(POSTGRAPHILE / "server.mjs")]
        environment = child_environment(
            {"NODE_ENV": "production", "GRAPHILE_ENV": "production", "PEER": json.dumps(told)}
        )
        pid = self._start(name, command, environment, port)
        texts = {"detail": queries.postgraphile_detail(), "list": queries.postgraphile_list()}
        url = f"http://127.0.0.1:{port}/graphql"
        return self._peer(name, pid, url, (), texts, bare_written)

    def handwritten(self, name: str, *, guarded: bool) -> Peer:
        """The endpoint of `bench.graphs.endpoint`."""
        port = free_port()
        command = [sys.executable, "-m", "bench.graphs.endpoint", "--port", str(port)]
        command += ["--workspace", str(self.workspace_id), "--connections", str(CONNECTIONS)]
        if guarded:
            command.append("--guarded")
        pid = self._start(name, command, child_environment(self.addresses), port)
        targets = {
            query: self._target(f"http://127.0.0.1:{port}/{query}", (), {}, query, bare_written)
            for query in VARIABLES
        }
        return Peer(name, pid, targets, bare_written)

    def _start(
        self, name: str, command: list[str], environment: Mapping[str, str], port: int
    ) -> int:
        program = Program(
            name=name,
            command=command,
            environment=environment,
            log=self.logs / f"{name.replace(' ', '-').replace(',', '')}.log",
        )
        child = self.supervisor.start(program)
        self.supervisor.wait_until(lambda: answers(port), child, START_SECONDS)
        return child.process.pid

    def _peer(
        self,
        name: str,
        pid: int,
        url: str,
        headers: tuple[tuple[str, str], ...],
        texts: Mapping[str, str],
        written: Callable[[UUID | int], bytes],
    ) -> Peer:
        targets = {
            query: self._target(url, headers, {"query": text}, query, written)
            for query, text in texts.items()
        }
        return Peer(name, pid, targets, written)

    def _target(
        self,
        url: str,
        headers: tuple[tuple[str, str], ...],
        body: dict[str, object],
        query: str,
        written: Callable[[UUID | int], bytes],
    ) -> Target:
        variable = VARIABLES[query]
        whole = orjson.dumps({**body, "variables": {variable: PLACE}})
        before, after = whole.split(orjson.dumps(PLACE))
        values = self.customers if query == "detail" else [queries.LIST_CUSTOMERS]
        return Target(url, headers, before, after, [written(value) for value in values])


VARIABLES = {"detail": "id", "list": "first"}
"""The variable of each query."""


def global_written(value: UUID | int) -> bytes:
    """A value as Satukan takes it."""
    return orjson.dumps(global_id(Customer, value) if isinstance(value, UUID) else value)


def bare_written(value: UUID | int) -> bytes:
    """A value as the other peers take it."""
    return orjson.dumps(str(value) if isinstance(value, UUID) else value)


def answers(port: int) -> bool:
    """Whether something answers HTTP there, whatever it says."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2)
    except urllib.error.HTTPError:
        return True
    except (OSError, TimeoutError):
        return False
    return True


def install_postgraphile(tell: Callable[[str], None]) -> bool:
    """Whether PostGraphile is there, after installing it from its lock file where it is not."""
    if NODE.exists():
        return True
    npm = shutil.which("npm")
    if npm is None:
        tell("PostGraphile is left out: installing it needs npm on the PATH.")
        return False
    tell("Installing PostGraphile and Node from the npm registry …")
    began = time.perf_counter()
    outcome = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund"],
        cwd=POSTGRAPHILE,
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode != 0 or not NODE.exists():
        tell(f"PostGraphile is left out: npm ci failed.\n{outcome.stderr[-2000:]}")
        return False
    tell(f"  installed in {time.perf_counter() - began:.0f} s")
    return True
