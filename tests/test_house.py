"""Rules of the house that neither the linter nor the import contracts can see."""

import ast
from collections.abc import Iterator
from pathlib import Path

from gateway.installations import PROJECT

PACKAGES = ("gateway", "schema", "resolvers", "services", "models", "workers")


def trees(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Each of our modules, parsed."""
    for folder in folders:
        for path in sorted((PROJECT / folder).rglob("*.py")):
            yield path.relative_to(PROJECT), ast.parse(path.read_text())


def test_settings_import_nothing_of_ours() -> None:
    tree = ast.parse((PROJECT / "settings.py").read_text())
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert "pydantic_settings" in imported
    assert imported.isdisjoint({*PACKAGES, "tests", "bench"})


def test_settings_are_the_only_reader_of_the_environment() -> None:
    readers = [
        f"{path}:{node.lineno}"
        for path, tree in trees(*PACKAGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name)
        and (node.attr if isinstance(node, ast.Attribute) else node.id)
        in ("environ", "environb", "getenv")
    ]
    assert readers == []


def test_no_module_is_a_drawer_for_everything() -> None:
    names = [path for path, _ in trees(*PACKAGES) if path.stem in ("utils", "helpers", "common")]
    assert names == []


def test_no_file_is_longer_than_400_lines() -> None:
    long = [
        f"{path}: {count}"
        for folder in (*PACKAGES, "tests", "bench")
        for path in sorted((PROJECT / folder).rglob("*.py"))
        if "migrations" not in path.parts and (count := len(path.read_text().splitlines())) > 400
    ]
    assert long == []
