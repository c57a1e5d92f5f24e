"""`bill`: the software that the image is made of, as CycloneDX 1.6, with licences."""

import json
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import typer

from gateway.commands.locks import RUNTIME, read_pins
from gateway.installations import PROJECT

SPDX = {
    "MIT License": "MIT",
    "The MIT License (MIT)": "MIT",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "BSD 3-Clause": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache": "Apache-2.0",
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""What packages call licences besides their SPDX names."""


def bill() -> None:
    """Print what the image is made of (CycloneDX, JSON): names, versions, licences."""
    typer.echo(json.dumps(bill_of(PROJECT), indent=2))


def bill_of(project: Path) -> dict[str, Any]:
    """The bill of materials of what `requirements-runtime.lock` pins."""
    pins = read_pins((project / RUNTIME).read_text())
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "satukan", "bom-ref": "satukan"}},
        "components": [component(name, version) for name, version in sorted(pins.items())],
    }


def component(name: str, version: str) -> dict[str, Any]:
    """One package. Its licence is left out where it is not installed, or says none."""
    purl = f"pkg:pypi/{name}@{version}"
    found = licence_of(name)
    licences = {"licenses": [{"expression": found}]} if found else {}
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        **licences,
    }


def licence_of(name: str) -> str | None:
    """The licence that an installed package says that it has, as an SPDX expression."""
    try:
        names = list(dict.fromkeys(_told(distribution(name))))
    except PackageNotFoundError:
        return None
    return " OR ".join(names) or None


def _told(package: Distribution) -> Iterator[str]:
    """By its expression, else its classifiers, else the line that it says it in."""
    about: Any = package.metadata
    if expression := about.get("License-Expression"):
        yield expression
        return
    classified = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or ()
        if line.startswith("License :: OSI Approved ::")
    ]
    line = (about.get("License") or "").strip()
    told = classified or ([line] if line and re.fullmatch(r"[^\n]{1,60}", line) else [])
    for one in told:
        yield SPDX.get(one, one)
