"""Fields that leave their row, made from the declarations that loaders use.

Each field carries its declaration as metadata (`SOURCE`): what a plan of the whole operation can be
made from, beside the loader.
"""

import inspect
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Annotated, Any, Union

import strawberry

from resolvers.context import Context
from resolvers.customer_pages import found_page
from resolvers.declarations import SOURCE, AllOf, CountOf, Derived, PageOf, RowOf
from resolvers.loaders.batches import Grouped
from resolvers.loaders.collections import Collection, OrderBy
from resolvers.loaders.paging import Question
from resolvers.pages import Page, PageArguments, question_of
from schema.inputs import criteria_of

FIRST = Annotated[
    int | None,
    strawberry.argument(description="How many from the front: 1 to 100, 20 unless told."),
]
AFTER = Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")]
LAST = Annotated[
    int | None, strawberry.argument(description="How many from the end instead: 1 to 100.")
]
BEFORE = Annotated[
    str | None, strawberry.argument(description="Only what comes before this cursor.")
]
SEARCH = Annotated[
    str | None,
    strawberry.argument(description="Part of the text; case and accents do not matter."),
]
PAGE_ARGUMENTS: dict[str, Any] = {"first": FIRST, "after": AFTER, "last": LAST, "before": BEFORE}


def described(type: Any, description: str) -> Any:
    """An optional argument of this type with its description."""
    optional: Any = Union[type, None]  # noqa: UP007
    return Annotated[optional, strawberry.argument(description=description)]


def with_arguments(resolver: Callable[..., Any], arguments: dict[str, Any]) -> Callable[..., Any]:
    """`resolver(root, info, **arguments)` under the signature that Strawberry shall read."""
    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter("info", kind, annotation=strawberry.Info),
        *(
            inspect.Parameter(name, kind, default=strawberry.UNSET, annotation=annotation)
            for name, annotation in arguments.items()
        ),
    ]
    root: Any = strawberry.Parent[Any]  # type: ignore[misc]
    parameters[0] = parameters[0].replace(annotation=root)
    resolver.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    resolver.__annotations__ = {p.name: p.annotation for p in parameters}
    return resolver


def given(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that the caller gave a value."""
    return {
        name: value
        for name, value in arguments.items()
        if value is not strawberry.UNSET and value is not None
    }


def reference(attribute: str, model: Any, description: str) -> Any:
    """The row that `attribute` refers to."""

    async def resolve(root: Any, info: Any) -> Any:
        return await info.context.loaders.row(model, getattr(root, attribute))

    return strawberry.field(
        resolver=with_arguments(resolve, {}),
        description=description,
        metadata={SOURCE: RowOf(model, attribute)},
    )


def connection(
    collection: Collection,
    description: str,
    *,
    filter: type | None = None,
    order: type | None = None,
    search: bool = False,
    filters: Mapping[str, Any] | None = None,
    narrowed: Callable[[Context, dict[str, Any]], dict[str, Any]] | None = None,
) -> Any:
    """A page of a collection: of the row that the field stands on, or of the whole workspace.

    `filters` are arguments of their own beside `filter`, each called as in the collection.
    `narrowed` makes of the filter asked for the one that the caller gets.
    """
    arguments: dict[str, Any] = dict(filters or {})
    if search:
        arguments["search"] = SEARCH
    if filter is not None:
        arguments["filter"] = described(filter, "Only those that meet all of this.")
    if order is not None:
        arguments["order_by"] = described(order, "What to sort by; the newest first unless told.")
    arguments.update(PAGE_ARGUMENTS)

    async def ask(context: Context, values: dict[str, Any]) -> Question:
        told = given(values)
        chosen = told.pop("order_by", None)
        criteria = await criteria_of(context, told.pop("filter", None)) or {}
        criteria |= {name: told.pop(name) for name in filters or {} if name in told}
        if narrowed is not None:
            criteria = narrowed(context, criteria)
        by = await order_asked(context, chosen)
        question = question_of(
            context,
            collection,
            PageArguments(**{name: told[name] for name in PAGE_ARGUMENTS if name in told}),
            filter=criteria,
            search=told.get("search"),
            order=by,
        )
        return await found_page(context, question, criteria) if by is not None else question

    async def resolve(root: Any, info: Any, **values: Any) -> Any:
        parent = root.id if collection.parent is not None else None
        return Page(info.context, await ask(info.context, values), parent)

    return strawberry.field(
        resolver=with_arguments(resolve, arguments),
        description=description,
        metadata={SOURCE: PageOf(collection, ask, personal=narrowed is not None)},
    )


async def order_asked(context: Context, chosen: Any) -> OrderBy | None:
    """The order that an order input asks for.

    An input that needs to be read further has `resolved(context)`, which gives None where it names
    one of the collection's own orders. Raises a Refusal (INVALID) where it names none.
    """
    if chosen is None:
        return None
    resolve = getattr(chosen, "resolved", None)
    own: OrderBy | None = await resolve(context) if resolve is not None else None
    return own or OrderBy(chosen.by.value, chosen.direction.value == "DESC")


def every(collection: Collection, description: str) -> Any:
    """All rows of a collection whose size nature bounds, as a list."""

    async def resolve(root: Any, info: Any) -> Any:
        loaders = info.context.loaders
        parent = root.id if collection.parent is not None else None
        return (await loaders.page(loaders.question(collection), parent)).rows

    return strawberry.field(
        resolver=with_arguments(resolve, {}),
        description=description,
        metadata={SOURCE: AllOf(collection)},
    )


def count(collection: Collection, description: str) -> Any:
    """How many rows a collection of the field's row has."""

    async def resolve(root: Any, info: Any) -> Any:
        loaders = info.context.loaders
        return await loaders.count(loaders.question(collection), root.id)

    return strawberry.field(
        resolver=with_arguments(resolve, {}),
        description=description,
        metadata={SOURCE: CountOf(collection)},
    )


def grouped(statement: Grouped, derived: Derived, description: str) -> Any:
    """The rows that a statement of its own gives for the field's row, and how they are derived."""

    async def resolve(root: Any, info: Any) -> Any:
        rows = await info.context.loaders.grouped(statement, root.id)
        return [SimpleNamespace(**row) for row in rows]

    return strawberry.field(
        resolver=with_arguments(resolve, {}),
        description=description,
        metadata={SOURCE: derived},
    )
