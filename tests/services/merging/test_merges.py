"""Merging: who becomes whose member, what moves, and what is told of it."""

from models import ChannelKind, Workspace
from tests.services.merging.families import hear, merge, snapshot, unmerge
from tests.services.writing import customer, stored


async def test_a_member_becomes_part_of_the_main_customer(workspace: Workspace) -> None:
    main = await customer(workspace, "Budi", phone="0812 1111 1111", channel=ChannelKind.WHATSAPP)
    member = await customer(
        workspace, "Boedi", email="boedi@toko.example", channel=ChannelKind.EMAIL
    )
    before = await snapshot(workspace)
    done = await merge(workspace, main, member)
    assert (done.customer.id, done.customer.member_count) == (main.id, 1)
    assert done.customer.email == "boedi@toko.example"
    assert done.customer.full_name == "Budi"
    assert (await stored(workspace, member.id)).merged_into_id == main.id
    await hear(workspace, "+6281211111111", "m1")
    await unmerge(workspace, member)
    assert (await stored(workspace, member.id)).merged_into_id is None
    assert before


async def test_unmerging_gives_everything_back(workspace: Workspace) -> None:
    main = await customer(workspace, "Budi", phone="0812 1111 1111", channel=ChannelKind.WHATSAPP)
    member = await customer(
        workspace, "Boedi", email="boedi@toko.example", channel=ChannelKind.EMAIL
    )
    third = await customer(workspace, "Bud", phone="0812 1111 1112", channel=ChannelKind.WHATSAPP)
    await hear(workspace, "+6281211111112", "m0")
    before = await snapshot(workspace)
    await merge(workspace, member, third)
    await merge(workspace, main, member)
    await unmerge(workspace, member)
    await unmerge(workspace, third)
    assert await snapshot(workspace) == before
