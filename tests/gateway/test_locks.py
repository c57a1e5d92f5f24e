"""The lock files: what the project asks for, by version and hash, and no addresses."""

from pathlib import Path

import pytest

from gateway.commands.locks import lock_problems
from gateway.installations import PROJECT

PYPROJECT = """
[project]
dependencies = ["Some.Package>=2", "other"]
[project.optional-dependencies]
development = ["tool>=1,<2"]
"""
RUNTIME = """
some-package==2.1 \\
    --hash=sha256:aa
other==1.0 ; python_version < "4" \\
    --hash=sha256:bb \\
    --hash=sha256:cc
"""
EVERYTHING = f"{RUNTIME}tool==1.5 \\\n    --hash=sha256:dd\n"


def problems(folder: Path, everything: str = EVERYTHING, runtime: str = RUNTIME) -> list[str]:
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "requirements.lock").write_text(everything)
    (folder / "requirements-runtime.lock").write_text(runtime)
    return lock_problems(folder)


def test_the_projects_own_lock_files_are_in_order() -> None:
    assert lock_problems(PROJECT) == []


def test_lock_files_in_order_have_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (EVERYTHING + "--index-url https://packages.example/simple\n", "holds an address"),
        (EVERYTHING.replace("other==1.0 ;", "other @ https://packages.example/o.whl ;"), "address"),
        (EVERYTHING.replace("tool==1.5", "tool==2.5"), "requirements.lock has tool 2.5"),
        (EVERYTHING.replace("tool==1.5", "toil==1.5"), "requirements.lock lacks tool"),
        (EVERYTHING.replace(" \\\n    --hash=sha256:dd", ""), "tool==1.5 has no hash"),
        (EVERYTHING.replace("some-package==2.1", "some-package==2.2"), "is not what"),
    ],
)
def test_each_way_to_be_out_of_order_is_found(tmp_path: Path, broken: str, problem: str) -> None:
    assert any(problem in found for found in problems(tmp_path, broken))


def test_the_runtimes_lock_lacks_nothing_the_runtime_needs(tmp_path: Path) -> None:
    found = problems(tmp_path, runtime=RUNTIME.replace("some-package", "same-package"))
    assert "requirements-runtime.lock lacks Some.Package" in found
