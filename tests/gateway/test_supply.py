"""What the image is made of: its bill of materials and licences, and how little it may do."""

import re
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from gateway.commands.bills import bill_of, licence_of
from gateway.commands.locks import RUNTIME, entries, read_pins
from gateway.installations import PROJECT

ALLOWED = frozenset(
    {
        *("MIT", "MIT-0", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"),
        *("PSF-2.0", "Unlicense", "MPL-2.0"),
    }
)
"""Licences under which nothing of ours has to be given away; MPL binds changes to its own files."""
BILL = bill_of(PROJECT)
OURS = ("gateway", "worker", "migrate")


def test_the_bill_names_every_package_of_the_image_once() -> None:
    told = [(one["name"], one["version"]) for one in BILL["components"]]
    assert dict(told) == read_pins((PROJECT / RUNTIME).read_text())
    assert len(told) == len(dict(told)) > 30
    assert (BILL["bomFormat"], BILL["specVersion"]) == ("CycloneDX", "1.6")
    assert len({one["bom-ref"] for one in BILL["components"]}) == len(told)


def test_no_licence_is_outside_those_that_may_be_used() -> None:
    for one in BILL["components"]:
        if "licenses" in one:
            [licence] = one["licenses"]
            names = re.split(r" AND | OR |[()]", licence["expression"])
            assert {name for name in names if name} <= ALLOWED, one["name"]


def test_a_package_without_a_licence_is_of_another_platform() -> None:
    """Only what this Python and this system need is installed, and can be asked."""
    elsewhere = {
        requirement.name
        for line, _ in entries((PROJECT / RUNTIME).read_text())
        if (requirement := Requirement(line)).marker and not requirement.marker.evaluate()
    }
    assert {one["name"] for one in BILL["components"] if "licenses" not in one} <= elsewhere


def test_a_package_that_is_not_there_has_no_licence() -> None:
    assert licence_of("no-such-package") is None
    assert licence_of("starlette") == "BSD-3-Clause"


@pytest.mark.parametrize("name", OURS)
def test_containers_of_ours_write_nowhere_but_where_they_must(name: str) -> None:
    compose: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["volumes"] == ["files:/files"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_image_runs_as_a_user_who_owns_nothing_of_it() -> None:
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    user = lines.index("USER 10001")
    assert not any(line.startswith(("COPY", "RUN")) for line in lines[user:])
    assert [line for line in lines if "chown" in line] == [
        "RUN mkdir /files && chown satukan /files"
    ]
