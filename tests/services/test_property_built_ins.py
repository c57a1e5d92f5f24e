"""Built-in properties that are switched off: offered by no export and to no import."""

from models import PropertyType, Workspace
from services.exporting.columns import columns_of, load_names
from services.properties import PropertyDraft, save_property, switched_off
from services.transactions import workspace_transaction
from tests.services.writing import change


async def switch(workspace: Workspace, key: str, type: PropertyType, enabled: bool) -> None:
    """Switch a built-in property by its key."""
    draft = PropertyDraft(key=key, label=key, type=type, enabled=enabled)
    await change(workspace, save_property, draft)


async def columns(workspace: Workspace, wanted: list[str] | None = None) -> tuple[str, ...]:
    """The columns of an export."""
    async with workspace_transaction(workspace.id) as tx:
        off = await switched_off(tx)
        return columns_of([], await load_names(tx), wanted, off).names


async def test_an_export_leaves_out_what_is_switched_off(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    whole = await columns(workspace)
    await switch(workspace, "jobTitle", PropertyType.TEXT, False)
    await switch(workspace, "channel", PropertyType.SINGLE_SELECT, False)
    left = await columns(workspace)
    assert set(whole) - set(left) == {"jobTitle", "channel", "identifier"}
    assert await columns(workspace, ["phone", "jobTitle"]) == ("fullName", "phone")
    assert await columns(other_workspace) == whole
    await switch(workspace, "jobTitle", PropertyType.TEXT, True)
    await switch(workspace, "channel", PropertyType.SINGLE_SELECT, True)
    assert await columns(workspace) == whole
