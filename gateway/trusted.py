"""Trusted documents: the operations that an operator's own clients send, given at the start.

Either a folder of `.graphql` files, each found by its path in the folder without the ending and by
its SHA-256, or a manifest in JSON: `{"<id>": "<document>"}` as Relay writes it, or the form
`apollo-persisted-query-manifest`. Each is admitted to the schema at the start.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.failures import Failure
from gateway.refusals import Refused

APOLLO = "apollo-persisted-query-manifest"
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class TrustedDocuments:
    """The texts by all their names."""

    by_name: dict[str, str] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()

    def find(self, name: str) -> str | None:
        """The document of an id or a SHA-256 (`sha256:` may stand before it)."""
        return self.by_name.get(name.removeprefix("sha256:"))

    def holds(self, text: str) -> bool:
        """Whether a text is that of a trusted document; blanks around it do not count."""
        return text in self.texts or text.strip() in self.texts


NONE_TRUSTED = TrustedDocuments()


def load_trusted(path: Path, check: Callable[[str], object]) -> TrustedDocuments:
    """The documents of a folder or a manifest, each held to `check`, which raises Refused.

    Raises Failure, with a sentence that names the document, where one cannot be served.
    """
    documents = TrustedDocuments()
    texts: set[str] = set()
    for name, text in _read(path):
        if SHA256.fullmatch(name) and name != _sha256(text):
            raise Failure(f"Trusted document {name} in {path}: that is not its SHA-256.")
        try:
            check(text)
        except Refused as refused:
            places = [
                f"line {place.line}, column {place.column}: "
                for error in refused.errors[:1]
                for place in (error.locations or [])[:1]
            ]
            reason = f"{''.join(places)}{refused.errors[0].message}"
            raise Failure(f"Trusted document {name} in {path}: {reason}") from refused
        if documents.by_name.setdefault(name, text) != text:
            raise Failure(f"Trusted document {name} in {path}: there are two of this name.")
        for form in (text, text.strip()):
            documents.by_name[_sha256(form)] = text
            texts.add(form)
    if not texts:
        raise Failure(f"There are no trusted documents in {path}.")
    return TrustedDocuments(documents.by_name, frozenset(texts))


def _read(path: Path) -> Iterator[tuple[str, str]]:
    try:
        if path.is_dir():
            for file in sorted(path.rglob("*.graphql")):
                yield file.relative_to(path).with_suffix("").as_posix(), file.read_text("utf-8")
        else:
            yield from _of_manifest(path, json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise Failure(f"Trusted documents cannot be read from {path}: {error}.") from error


def _of_manifest(path: Path, content: object) -> Iterator[tuple[str, str]]:
    pairs: list[tuple[object, object]] = []
    if isinstance(content, dict) and content.get("format") == APOLLO:
        operations = content.get("operations")
        if content.get("version") != 1 or not isinstance(operations, list):
            raise ValueError("it is no apollo-persisted-query-manifest of version 1")
        pairs = [
            (one.get("id"), one.get("body")) if isinstance(one, dict) else (None, None)
            for one in operations
        ]
    elif isinstance(content, dict):
        pairs = list(content.items())
    else:
        raise ValueError('it is no manifest: {"<id>": "<document>"}')
    for name, text in pairs:
        if not isinstance(name, str) or not isinstance(text, str):
            raise ValueError(f"{str(name)[:80]}: the id and the document must be strings")
        yield name, text


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
