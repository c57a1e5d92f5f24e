"""Whether the lock files hold what `pyproject.toml` asks for, by version and hash alone."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

EVERYTHING, RUNTIME = "requirements.lock", "requirements-runtime.lock"
ADDRESS = re.compile(r"://|^\s*-{1,2}(i|f|index|extra-index|find-links|trusted)\b", re.MULTILINE)


def lock_problems(project: Path) -> list[str]:
    """What is wrong with the lock files of the project, a sentence each."""
    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    extras = declared["optional-dependencies"]
    runtime = [Requirement(line) for line in declared["dependencies"]]
    everything = runtime + [Requirement(line) for group in extras.values() for line in group]
    locks = {name: (project / name).read_text() for name in (EVERYTHING, RUNTIME)}
    pins = {name: read_pins(text) for name, text in locks.items()}
    problems = [
        problem
        for name, wanted in ((EVERYTHING, everything), (RUNTIME, runtime))
        for problem in file_problems(name, locks[name], wanted)
    ]
    return problems + [
        f"{RUNTIME}: {package} {version} is not what {EVERYTHING} has"
        for package, version in pins[RUNTIME].items()
        if pins[EVERYTHING].get(package) != version
    ]


def file_problems(name: str, text: str, wanted: Iterable[Requirement]) -> list[str]:
    """What is wrong with one lock file."""
    pins = read_pins(text)
    problems = [f"{name} holds an address: {match[0]}" for match in ADDRESS.finditer(text)]
    for requirement in wanted:
        version = pins.get(canonicalize_name(requirement.name))
        if version is None:
            problems.append(f"{name} lacks {requirement.name}")
        elif not requirement.specifier.contains(version, prereleases=True):
            problems.append(f"{name} has {requirement.name} {version}, not {requirement.specifier}")
    without_hash = [entry[0] for entry in entries(text) if "--hash=sha256:" not in entry[1]]
    return problems + [f"{name}: {entry} has no hash" for entry in without_hash]


def read_pins(text: str) -> dict[str, str]:
    """Package to version. A package that differs by platform counts with its last entry."""
    pins: dict[str, str] = {}
    for line, _ in entries(text):
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        version = next(iter(requirement.specifier), None)
        if version is not None:
            pins[canonicalize_name(requirement.name)] = version.version
    return pins


def entries(text: str) -> list[tuple[str, str]]:
    """Each requirement with what follows it up to the next: its hashes."""
    logical = text.replace("\\\n", " ").splitlines()
    parts = (line.partition(" --hash=") for line in logical if line.strip()[:1] not in ("", "#"))
    return [(head.strip(), f"{separator}{rest}") for head, separator, rest in parts]
