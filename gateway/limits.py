"""Limits on the shape of a document, so that no text, however written, costs more than its size.

What is counted is what execution would see: a fragment's fields count once for each time that it is
spread, which a table of the measures of each fragment answers in one visit of each definition. So
2^20 fields behind twenty doubling fragments are counted in twenty steps, and refused.

Introspection has its own bound in the GraphQL library (lists nested in lists) and is left out of
the depth: the standard introspection query is deeper than any business query needs to be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from graphql import FieldNode, FragmentSpreadNode, SelectionSetNode

from gateway.documents import Document, nested, response_name
from gateway.refusals import EdgeCode, Refused


class DocumentLimits(Protocol):
    """The settings that this module reads."""

    @property
    def limit_depth(self) -> int: ...
    @property
    def limit_aliases(self) -> int: ...
    @property
    def limit_directives(self) -> int: ...
    @property
    def limit_root_fields(self) -> int: ...
    @property
    def limit_operations(self) -> int: ...
    @property
    def limit_fragments(self) -> int: ...
    @property
    def limit_repeats(self) -> int: ...


REPEATED_OBJECT = 5
"""How many repeated values one repeated object counts for: what is in it is compared as well."""


@dataclass(slots=True)
class Measures:
    """What one definition amounts to, the fragments that it spreads included.

    `depth`: fields inside fields. `root_fields`: fields at its top. `repeats`: fields whose name in
    the answer stands in the same selection already, on which validation spends the square.
    """

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    root_fields: int = 0
    repeats: int = 0


def check_document(document: Document, limits: DocumentLimits) -> None:
    """Hold a document to the limits. Raises Refused (400, DOCUMENT_LIMIT) naming the limit."""
    if len(document.operations) > limits.limit_operations:
        raise Refused.limit("operations", "operations", limits.limit_operations)
    if len(document.fragments) > limits.limit_fragments:
        raise Refused.limit("fragments", "fragments", limits.limit_fragments)
    known: dict[str, Measures] = {}
    for fragment in document.fragments:
        measures = _measure(fragment.selection_set, known)
        measures.directives += len(fragment.directives or ())
        if fragment.type_condition.name.value.startswith("__"):
            measures.depth = 0
        known[fragment.name.value] = measures
        _check(measures, limits)
    for operation in document.operations:
        measures = _measure(operation.selection_set, known)
        measures.directives += len(operation.directives or ()) + sum(
            len(variable.directives or ()) for variable in operation.variable_definitions or ()
        )
        _check(measures, limits)
        if measures.root_fields > limits.limit_root_fields:
            raise Refused.limit("root_fields", "fields at its root", limits.limit_root_fields)


def check_variables(variables: Mapping[str, object], max_depth: int) -> None:
    """Hold variables to a nesting of `max_depth` lists and objects.

    Raises Refused (400, DOCUMENT_LIMIT, `limit`: "variables_depth").
    """
    waiting: list[tuple[object, int]] = [(value, 1) for value in variables.values()]
    while waiting:
        value, depth = waiting.pop()
        if not isinstance(value, dict | list):
            continue
        if depth > max_depth:
            raise Refused(
                400,
                EdgeCode.DOCUMENT_LIMIT,
                f"The variables are nested too deeply: at most {max_depth} levels are allowed.",
                limit="variables_depth",
                allowed=max_depth,
            )
        inner = value.values() if isinstance(value, dict) else value
        waiting.extend((item, depth + 1) for item in inner)


def refuse_null_characters(document: Document, variables: Mapping[str, object]) -> None:
    """Refuse a string with U+0000, which the database cannot compare with anything.

    For what reads only: what writes has its texts checked field by field, and says which one it is.
    Raises Refused (400, BAD_USER_INPUT).
    """
    found = document.has_null
    waiting: list[object] = list(variables.values())
    while waiting and not found:
        value = waiting.pop()
        if isinstance(value, str):
            found = "\0" in value
        elif isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    if found:
        message = "A string holds the character U+0000, which no text here can have."
        raise Refused(400, EdgeCode.BAD_USER_INPUT, message)


def _measure(top: SelectionSetNode, known: dict[str, Measures]) -> Measures:
    """The measures of one definition, by the measures of the fragments that it spreads.

    Each waiting selection has the depth of the fields in it and the names already used beside them.
    """
    total = Measures()
    waiting: list[tuple[SelectionSetNode, int, set[str], bool]] = [(top, 1, set(), False)]
    while waiting:
        selection_set, depth, names, exempt = waiting.pop()
        for selection in selection_set.selections:
            total.directives += len(selection.directives or ())
            if isinstance(selection, FragmentSpreadNode):
                _add_spread(total, known.get(selection.name.value), 0 if exempt else depth)
                continue
            inner = nested(selection)
            if not isinstance(selection, FieldNode):
                if inner is not None:
                    waiting.append((inner, depth, names, exempt))
                continue
            name = response_name(selection)
            if name in names:
                total.repeats += 1 if inner is None else REPEATED_OBJECT
            names.add(name)
            total.aliases += selection.alias is not None
            total.root_fields += depth == 1
            if not exempt:
                total.depth = max(total.depth, depth)
            if inner is not None:
                below = exempt or selection.name.value in ("__schema", "__type")
                waiting.append((inner, depth + 1, set(), below))
    return total


def _add_spread(total: Measures, fragment: Measures | None, depth: int) -> None:
    """Add what a spread brings in. `depth`: of the fields beside it, 0 below introspection."""
    if fragment is None:  # validation says that there is no such fragment
        return
    total.aliases += fragment.aliases
    total.directives += fragment.directives
    total.repeats += fragment.repeats
    if depth:
        total.depth = max(total.depth, depth - 1 + fragment.depth)
    if depth == 1:
        total.root_fields += fragment.root_fields


def _check(measures: Measures, limits: DocumentLimits) -> None:
    if measures.depth > limits.limit_depth:
        raise Refused(
            400,
            EdgeCode.DOCUMENT_LIMIT,
            f"The document is nested too deeply: at most {limits.limit_depth} levels of fields "
            "are allowed.",
            limit="depth",
            allowed=limits.limit_depth,
        )
    if measures.aliases > limits.limit_aliases:
        raise Refused.limit("aliases", "aliases", limits.limit_aliases)
    if measures.directives > limits.limit_directives:
        raise Refused.limit("directives", "directives", limits.limit_directives)
    if measures.repeats > limits.limit_repeats:
        raise Refused.limit(
            "repeats", "fields that are selected again beside themselves", limits.limit_repeats
        )
