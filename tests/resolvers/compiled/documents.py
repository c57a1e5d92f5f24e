"""Documents made from the schema: random selections, arguments, aliases, fragments, directives."""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
)
from hypothesis import strategies as st

from resolvers.compiled.sites import declared
from resolvers.declarations import SOURCE, PageOf
from schema.root import schema
from tests.resolvers.compiled.arguments import Arguments, Draw, Word, printed

GRAPH = schema._schema
PAGE = ("first", "after", "last", "before")
DEEPEST = 3
LONG = "a_very_long_name_in_the_answer_that_no_column_of_PostgreSQL_can_have_"


@dataclass(frozen=True)
class Document:
    """A document and its variables, with places where a world's values go."""

    text: str
    variables: dict[str, Any]


@dataclass
class Scope:
    """What is selected so far in one object of the answer: by name, how, and the scope below."""

    type: GraphQLObjectType
    fields: dict[str, tuple[str, str, "Scope | None"]] = field(default_factory=dict)


@dataclass
class Maker:
    """Makes one document."""

    arguments: Arguments
    fragments: dict[str, tuple[GraphQLObjectType, str]] = field(default_factory=dict)
    aliases: int = 0
    long: bool = False

    def document(self) -> Document:
        """The document."""
        query = GRAPH.query_type
        assert query is not None
        self.long = self.arguments.chance(2)
        selection = self.selection(Scope(query), DEEPEST)
        head = ", ".join(f"{name}: {type}" for name, type in self.arguments.declared.items())
        body = [f"query{f'({head})' if head else ''} {selection}"]
        body += [
            f"fragment {name} on {type.name} {text}"
            for name, (type, text) in self.fragments.items()
        ]
        return Document("\n".join(body), self.arguments.variables)

    def selection(self, scope: Scope, depth: int, own_names: bool = False) -> str:
        """A selection of an object; with `own_names` every name in it is new."""
        count = self.arguments.draw(st.integers(1, 3))
        parts = [self.part(scope, depth, own_names) for _ in range(count)]
        return "{ " + " ".join(parts) + " }"

    def part(self, scope: Scope, depth: int, own_names: bool) -> str:
        """A field, a fragment, or `__typename`."""
        chance = self.arguments.chance
        if chance(5):
            return f"{self.alias()}: __typename"
        if chance(8):
            condition = self.arguments.one_of(conditions(scope.type))
            return f"...{condition}{self.directives()} {self.selection(scope, depth, own_names)}"
        if chance(10):
            return f"... {self.fragment(scope.type, depth)}{self.directives()}"
        if scope.fields and chance(10):
            return self.again(scope, depth, own_names)
        return self.field(scope, depth, own_names)

    def fragment(self, type: GraphQLObjectType, depth: int) -> str:
        """A named fragment on a type: one that there is, or a new one."""
        known = [name for name, (on, _) in self.fragments.items() if on is type]
        if known and self.arguments.chance(60):
            return self.arguments.one_of(known)
        text = self.selection(Scope(type), max(0, depth - 1), own_names=True)
        name = f"F{len(self.fragments)}"
        self.fragments[name] = (type, text)
        return name

    def again(self, scope: Scope, depth: int, own_names: bool) -> str:
        """A field that stands there already, once more: what is selected of it is merged."""
        head, name, below = scope.fields[self.arguments.one_of(list(scope.fields))]
        return f"{head}{self.directives()}{self.below(scope.type.fields[name], below, depth)}"

    def field(self, scope: Scope, depth: int, own_names: bool) -> str:
        """A field that does not stand there yet."""
        name = self.arguments.one_of(self.choices(scope.type, depth))
        definition = scope.type.fields[name]
        called = name
        if own_names or name in scope.fields or self.arguments.chance(20):
            called = self.alias()
        head = name if called == name else f"{called}: {name}"
        head += self.given(definition)
        kind = get_named_type(definition.type)
        below = Scope(kind) if isinstance(kind, GraphQLObjectType) else None
        scope.fields[called] = (head, name, below)
        return f"{head}{self.directives()}{self.below(definition, below, depth)}"

    def below(self, definition: GraphQLField, scope: Scope | None, depth: int) -> str:
        """What is selected of a field's value."""
        kind = get_named_type(definition.type)
        if isinstance(kind, GraphQLInterfaceType):
            return self.abstract(kind, depth)
        if scope is None:
            return ""
        wrapped = scope.type.name.endswith(("Connection", "Edge"))
        return " " + self.selection(scope, depth if wrapped else depth - 1)

    def abstract(self, type: GraphQLInterfaceType, depth: int) -> str:
        """A selection of an interface: fragments on some of its types."""
        types = list(GRAPH.get_possible_types(type))
        chosen = self.arguments.draw(st.lists(st.sampled_from(types), min_size=1, max_size=3))
        parts = [
            f"... on {one.name} {self.selection(Scope(one), max(0, depth - 1), own_names=True)}"
            for one in chosen
        ]
        return " { id " + " ".join(parts) + " }"

    def choices(self, type: GraphQLObjectType, depth: int) -> list[str]:
        """The fields that can be selected at this depth; those of the root as often as others."""
        wrapped = type.name.endswith("Connection")
        found = [
            name
            for name, definition in type.fields.items()
            if depth > 0
            or not is_composite_type(get_named_type(definition.type))
            or (wrapped and name == "pageInfo")
        ]
        return found or list(type.fields)

    def given(self, definition: GraphQLField) -> str:
        """The arguments of a field: what it requires, and some of what it knows."""
        given = {}
        self.arguments.answered = get_named_type(definition.type).name
        for name, argument in definition.args.items():
            if name in PAGE:
                continue
            if str(argument.type).endswith("!") or self.arguments.chance(50):
                given[name] = self.arguments.of(name, argument.type)
        if "first" in definition.args:
            given |= self.page(definition, given)
        text = ", ".join(f"{name}: {printed(value)}" for name, value in given.items())
        return f"({text})" if text else ""

    def page(self, definition: GraphQLField, given: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a page: small, on either side, sometimes behind a cursor."""
        backward = self.arguments.chance(30)
        names = ("last", "before") if backward else ("first", "after")
        found = {names[0]: self.arguments.of(names[0], definition.args[names[0]].type)}
        if self.arguments.chance(30):
            cursor = self.cursor(definition, given.get("orderBy"))
            if self.arguments.chance(30):
                called = f"$v{len(self.arguments.declared)}"
                self.arguments.declared[called] = "String"
                self.arguments.variables[called[1:]] = cursor
                found[names[1]] = Word(called)
            else:
                found[names[1]] = cursor
        return found

    def cursor(self, definition: GraphQLField, order: Any) -> str:
        """A place for a cursor of the field's list and order; one of fifty is of another's."""
        number = self.arguments.draw(st.integers(0, 40))
        source = declared(definition).metadata.get(SOURCE)
        if not isinstance(source, PageOf) or self.arguments.chance(2):
            return f"@@cursor:timeline:{number}@@"
        chosen = source.collection.default
        by, direction = chosen.name, "desc" if chosen.descending else "asc"
        if isinstance(order, dict) and all(isinstance(one, Word) for one in order.values()):
            by = order["by"].text
            direction = order["direction"].text.lower()
        return f"@@cursor:{source.collection.model.__name__}:{by}:{direction}:{number}@@"

    def directives(self) -> str:
        """`@skip` or `@include`, seldom, and then mostly so that what bears it stays."""
        found = ""
        for name, stays in (("skip", False), ("include", True)):
            if self.arguments.chance(6):
                value: Any = stays if self.arguments.chance(60) else not stays
                if self.arguments.chance(50):
                    value = self.arguments.variable("if", BOOLEAN.type)
                found += f" @{name}(if: {printed(value)})"
        return found

    def alias(self) -> str:
        """A name that is not in the document yet."""
        self.aliases += 1
        return f"{LONG if self.long else 'a'}{self.aliases}"


BOOLEAN: GraphQLArgument = GRAPH.directives[0].args["if"]
assert str(BOOLEAN.type) == "Boolean!"


def conditions(type: GraphQLObjectType) -> list[str]:
    """The type conditions under which a fragment on a type applies: none, and its own name."""
    return ["", f" on {type.name}"]


@st.composite
def documents(draw: Draw) -> Document:
    """Any document."""
    return Maker(Arguments(draw)).document()
