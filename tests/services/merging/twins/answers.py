"""Answers: what the graph says of merged customers, on both paths, held to a recount."""

from typing import Any
from uuid import UUID

import models
from resolvers.ids import global_id
from services.windows import window_of
from tests.asking import ask
from tests.services.merging.twins.recounts import counted_anew
from tests.services.merging.twins.worlds import Twins

LISTED = """{
  customers(first: 100) {
    totalCount
    nodes {
      id isMerged lifetimeValue isProductive
      members { customerId }
      mergedInto { id }
      window { status }
      activityCounts { chats tickets deals tasks campaigns companies }
      groups { id }
      identities { id isMain member { customerId } }
    }
  }
  groups { nodes { id customerCount } }
}"""
ONE = "query ($id: ID!) { customer(id: $id) { id } node(id: $id) { id } }"


async def answers_are_right(twins: Twins) -> None:
    """Lists and counts show a main customer once and their members not at all."""
    now, side = twins.now, twins.merging
    answer = await ask(side.workspace, LISTED, now=now)
    wanted = {
        name
        for name, main in twins.main.items()
        if name == main and side.rows[name]["deleted_at"] is None
    }
    nodes = {
        side.names.of[str(UUID(node["id"][4:]))]: node for node in answer["customers"]["nodes"]
    }
    assert nodes.keys() == wanted
    assert answer["customers"]["totalCount"] == len(wanted) == len(answer["customers"]["nodes"])
    for name, node in nodes.items():
        assert node == expected_node(twins, name, node)
    for group in answer["groups"]["nodes"]:
        counted = sum(
            group["id"] in [one["id"] for one in node["groups"]] for node in nodes.values()
        )
        assert group["customerCount"] == counted
    for name, main in twins.main.items():
        id = global_id(models.Customer, side.id(main))
        found = await ask(
            side.workspace, ONE, now=now, id=global_id(models.Customer, side.id(name))
        )
        assert found["customer"] == {"id": id}


def expected_node(twins: Twins, name: str, node: dict[str, Any]) -> dict[str, Any]:
    """What the graph has to say of a customer; the order of lists is as it was answered."""
    side, row = twins.merging, twins.merging.rows[name]
    counted = counted_anew(side.found, side.names, name, twins.now)
    members = sorted(
        global_id(models.Customer, side.id(one)) for one in twins.part_of(name) if one != name
    )
    assert sorted(one["customerId"] for one in node["members"]) == members
    groups = [global_id(models.Group, UUID(id)) for id in counted["groups"]]
    assert sorted(one["id"] for one in node["groups"]) == sorted(groups)
    main_identity = row["main_identity_id"]
    shown = [one["id"] for one in node["identities"]]
    identities = {
        global_id(models.ChannelIdentity, UUID(one["id"])): one
        for one in side.found["channel_identities"]
        if side.names.of[one["customer_id"]] == name
    }
    assert sorted(shown) == sorted(identities)
    if main_identity is not None:
        assert shown[0] == global_id(models.ChannelIdentity, UUID(main_identity))
    return {
        "id": global_id(models.Customer, side.id(name)),
        "isMerged": bool(members),
        "lifetimeValue": f"{row['lifetime_value']:.2f}",
        "isProductive": row["paid_order_count"] > 0,
        "members": node["members"],
        "mergedInto": None,
        "window": {"status": window_now(twins, name)},
        "activityCounts": {
            kind: counted[kind]
            for kind in ("chats", "tickets", "deals", "tasks", "campaigns", "companies")
        },
        "groups": node["groups"],
        "identities": [
            {
                "id": id,
                "isMain": identities[id]["id"] == main_identity,
                "member": came_with(twins, identities[id], name),
            }
            for id in shown
        ],
    }


def came_with(twins: Twins, identity: dict[str, Any], name: str) -> dict[str, str] | None:
    """The member with whom an identity came in."""
    origin = twins.merging.names.of[identity["origin_customer_id"]]
    if origin == name:
        return None
    return {"customerId": global_id(models.Customer, twins.merging.id(origin))}


def window_now(twins: Twins, name: str) -> str:
    """The window at this instant, of the latest WhatsApp message to any of their identities."""
    side = twins.merging
    heard = [
        twins.instant(one["last_inbound_at"])
        for one in side.found["channel_identities"]
        if side.names.of[one["customer_id"]] == name and one["kind"] == "WHATSAPP"
    ]
    last = max((at for at in heard if at is not None), default=None)
    return window_of(last, 24, twins.now).status.value
