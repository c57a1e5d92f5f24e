"""The places of made documents, and what stands for them in a world."""

import base64
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import models
from resolvers.ids import MODELS
from services.ids import global_id
from tests.resolvers.compiled.answering import Pair
from tests.resolvers.compiled.documents import Document
from tests.resolvers.listed import LISTED, page_in, question
from tests.worlds import World

PLACE = re.compile(r"@@(\w+):([\w:]+):(\d+)@@")
BY_NAME = {model.__name__: model for model in MODELS.values()}
TIMELINE = """query($customer: ID!) {
    customer(id: $customer) { timeline(first: 100) { edges { cursor } } } }"""


@dataclass
class Names:
    """What the places of documents stand for."""

    world: World
    other: World
    cursors: dict[str, list[str]]

    def named(self, document: Document) -> Document:
        """A document with everything in its place."""
        text = PLACE.sub(self._one, document.text)
        variables = json.loads(PLACE.sub(self._one, json.dumps(document.variables)))
        return Document(text, variables)

    def _one(self, match: re.Match[str]) -> str:
        kind, name, number = match[1], match[2], int(match[3])
        if kind == "cursor":
            found = self.cursors[name]
            return found[number % len(found)] if found else ""
        model = BY_NAME[name]
        rows = [] if kind == "unknown" else (self.world if kind == "id" else self.other).of(model)
        if not rows:
            return global_id(model, UUID(int=number))
        return global_id(model, rows[number % len(rows)].id)


async def names_of(pair: Pair, world: World, other: World) -> Names:
    """The names of a world; cursors are those that its answers print."""
    cursors: dict[str, list[str]] = defaultdict(list)
    ids = {
        "customer": global_id(models.Customer, world.customers[0].id),
        "conversation": global_id(models.Conversation, world.of(models.Conversation)[0].id),
    }
    for listed in LISTED:
        for descending in (True, False):
            query = question(listed, "edges { cursor }", descending)
            both = await pair.answers(query, {**ids, "first": 50})
            for edge in page_in(both.data)["edges"]:
                told = json.loads(base64.urlsafe_b64decode(edge["cursor"] + "=="))[0]
                cursors[told].append(edge["cursor"])
    lines: Any = (await pair.answers(TIMELINE, {"customer": ids["customer"]})).data
    cursors["timeline"] = [one["cursor"] for one in lines["customer"]["timeline"]["edges"]]
    return Names(world, other, cursors)
