"""The schema: it composes what the entities' files define, and nothing else."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.queries import Query
from schema.scalars import SCALARS

CONFIG = StrawberryConfig(scalar_map=SCALARS)

schema = strawberry.Schema(query=Query, config=CONFIG)
