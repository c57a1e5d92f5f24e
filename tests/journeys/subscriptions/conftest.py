"""What tests of subscriptions share."""

from collections.abc import AsyncIterator

import pytest_asyncio

from settings import Settings
from tests.journeys.subscriptions.gateways import Gateway, gateway_on_a_port


@pytest_asyncio.fixture
async def gateway(settings: Settings, database: None) -> AsyncIterator[Gateway]:
    """A gateway with the settings of production."""
    async with gateway_on_a_port(settings) as made:
        yield made
