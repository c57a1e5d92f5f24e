"""A segment over HTTP: previewed, saved, entered and left, and told of in the log."""

from datetime import timedelta

from models import Workspace
from tests.journeys.conftest import Clock, Connect

PREVIEW = """query($c: SegmentCriteria!) { segmentPreview(criteria: $c) {
    customerCount sample { id fullName } } }"""
LITERAL = """{ segmentPreview(criteria: { all: [
    { any: [{ not: { not: { field: { key: "fullName", op: CONTAINS, value: "sit" } } } }] }
    { orders: { measure: SUM, op: GTE, value: 100, withinDays: 90 } }
    { window: PASSIVE }
]}) { customerCount } }"""
SAVE = """mutation($i: SegmentInput!) { saveSegment(input: $i) {
    segment { id criteria customerCount refreshedAt } errors { code field message } } }"""
ADD = """mutation { addCustomer(input: { fullName: "Siti", externalId: "s-1" }) {
    customer { id } errors { message } } }"""
ORDER = """mutation($i: OrderInput!) { upsertOrder(input: $i) { errors { message } } }"""
SEGMENT = """query($id: ID!) { node(id: $id) { ... on Segment {
    customerCount customers { nodes { segments { id } } } } } }"""
EVENTS = """{ events(types: [SEGMENT_ENTERED, SEGMENT_LEFT]) {
    nodes { type customerId payload } } }"""


async def test_a_segment_from_its_preview_to_its_events(
    connect: Connect, workspace: Workspace
) -> None:
    clock = Clock()
    client = await connect(workspace, clock=clock)
    added = (await client.ask(ADD))["addCustomer"]
    siti = added["customer"]["id"]
    loyal = {"orders": {"measure": "COUNT", "op": "GTE", "value": "1", "withinDays": 90}}
    preview = (await client.ask(PREVIEW, c=loyal))["segmentPreview"]
    assert preview == {"customerCount": 0, "sample": []}
    saved = (await client.ask(SAVE, i={"name": "Setia", "criteria": loyal}))["saveSegment"]
    assert saved["errors"] == []
    assert saved["segment"]["criteria"] == loyal
    order = {
        "externalId": "1",
        "customerId": siti,
        "status": "PAID",
        "total": "150.00",
        "orderedAt": (clock() - timedelta(days=3)).isoformat(),
    }
    assert (await client.ask(ORDER, i=order))["upsertOrder"] == {"errors": []}
    id = saved["segment"]["id"]
    member = {"customerCount": 1, "customers": {"nodes": [{"segments": [{"id": id}]}]}}
    assert (await client.ask(SEGMENT, id=id))["node"] == member
    assert (await client.ask(LITERAL))["segmentPreview"] == {"customerCount": 1}
    await client.ask(ORDER, i={**order, "status": "REFUNDED"})
    nobody = {"customerCount": 0, "customers": {"nodes": []}}
    assert (await client.ask(SEGMENT, id=id))["node"] == nobody
    told = (await client.ask(EVENTS))["events"]["nodes"]
    assert told == [
        {"type": type, "customerId": siti, "payload": {"segmentId": id}}
        for type in ("SEGMENT_ENTERED", "SEGMENT_LEFT")
    ]


async def test_bad_criteria_over_http(connect: Connect, workspace: Workspace) -> None:
    client = await connect(workspace)
    deep: dict[str, object] = {"productive": True}
    for _ in range(5):
        deep = {"not": deep}
    wrong: list[dict[str, object]] = [deep, {"all": [{"productive": True}] * 26}, {"any": []}]
    for criteria in wrong:
        assert (await client.error(PREVIEW, c=criteria))["extensions"]["code"] == "INVALID"
    both = {"productive": True, "window": "ACTIVE"}
    await client.error(PREVIEW, c=both)
