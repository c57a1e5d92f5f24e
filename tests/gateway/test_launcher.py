"""The launcher: an environment out of nothing, and never a broken one.

It is tried on a project of its own without dependencies, so that no package is fetched.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.installations import PROJECT

CLI = "import sys; print('ran', *sys.argv[1:]); sys.exit(7 if 'fail' in sys.argv else 0)"

PATH_WITHOUT_ENVIRONMENT = os.pathsep.join(
    folder
    for folder in os.environ["PATH"].split(os.pathsep)
    if Path(folder) != Path(sys.executable).parent
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with the real launcher."""
    folder = tmp_path / "a project"
    (folder / "gateway").mkdir(parents=True)
    shutil.copy(PROJECT / "satukan", folder)
    (folder / "gateway" / "__init__.py").touch()
    (folder / "gateway" / "cli.py").write_text(CLI)
    (folder / "requirements.lock").write_text("# nothing\n")
    return folder


def begin(project: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the launcher from another folder, as somebody without an environment does."""
    return subprocess.Popen(
        [project / "satukan", *arguments],
        cwd="/",
        env={**os.environ, "VIRTUAL_ENV": "", "PATH": PATH_WITHOUT_ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def launch(project: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the launcher: its exit code, what it printed, and what it said beside that."""
    process = begin(project, *arguments)
    printed, said = process.communicate(timeout=120)
    return process.returncode, printed, said


def stamp(project: Path) -> str:
    return (project / ".venv" / "satukan-stamp").read_text().strip()


def locked(project: Path) -> str:
    return hashlib.sha256((project / "requirements.lock").read_bytes()).hexdigest()


def test_the_first_run_makes_the_environment_and_later_ones_are_silent(project: Path) -> None:
    code, printed, said = launch(project, "up", "--demo")
    assert (code, printed) == (0, "ran up --demo\n")
    assert f"Setting up the environment in {project / '.venv'}" in said
    assert stamp(project) == locked(project)
    assert launch(project, "again") == (0, "ran again\n", "")
    assert launch(project, "fail")[0] == 7
    inside = subprocess.check_output([project / ".venv" / "bin" / "satukan", "up"], text=True)
    assert inside == "ran up\n"


def test_two_first_runs_at_once_make_one_environment(project: Path) -> None:
    processes = [begin(project, "one"), begin(project, "two")]
    outcomes = [process.communicate(timeout=120) for process in processes]
    assert [printed for printed, _ in outcomes] == ["ran one\n", "ran two\n"]
    assert sum("Setting up the environment" in said for _, said in outcomes) == 1


def test_a_changed_lock_file_is_installed(project: Path) -> None:
    launch(project)
    (project / "requirements.lock").write_text("# nothing, differently\n")
    code, _, said = launch(project)
    assert code == 0
    assert "Setting up the environment" in said
    assert stamp(project) == locked(project)


def test_an_interrupted_first_run_is_made_good_by_the_next(project: Path) -> None:
    launch(project)
    environment = project / ".venv"
    (environment / "satukan-unfinished").touch()
    (environment / "satukan-stamp").write_text("")
    (environment / "half a package").touch()
    assert launch(project, "up")[:2] == (0, "ran up\n")
    assert not (environment / "half a package").exists()


def test_an_environment_whose_python_is_gone_is_made_again(project: Path) -> None:
    launch(project)
    python = project / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert launch(project, "up")[:2] == (0, "ran up\n")


def test_dependencies_that_cannot_be_installed_are_a_sentence(project: Path) -> None:
    (project / "requirements.lock").write_text("--no-index\nsomething==1.0 --hash=sha256:00\n")
    code, printed, said = launch(project, "up")
    assert (code, printed) == (1, "")
    assert "The dependencies could not be installed." in said
    assert "Traceback" not in said
