"""Importing customers: as if each were added by itself, but in batches."""

import json
from pathlib import Path

import pytest

from models import (
    Acquisition,
    ChannelKind,
    Customer,
    CustomerStatus,
    EventType,
    PropertyType,
    Workspace,
)
from services.customer_additions import add_customer
from services.customer_deletions import delete_customer
from services.customer_fields import NewCustomer
from services.errors import ErrorCode, Refusal
from services.ids import global_id
from services.properties import PropertyDraft, save_property
from tests.services.importing.files import customers, failures, lines, numbers, written
from tests.services.writing import (
    change,
    contact_log,
    count,
    customer,
    event_types,
    group,
    identities,
    merged,
    rows,
    tag,
    user,
)


async def by_external_id(workspace: Workspace, external_id: str) -> Customer:
    sql = "SELECT * FROM customers WHERE workspace_id = $1 AND external_id = $2"
    (row,) = await rows(workspace, sql, external_id)
    return Customer._init_from_db(**row)


async def test_an_imported_customer_is_like_one_that_was_added(
    workspace: Workspace, other_workspace: Workspace, tmp_path: Path
) -> None:
    values = {
        "full_name": "Nī Lúh Astiti",
        "phone": "0812-3456-7890",
        "email": "Luh@Example.COM",
        "username": "luh.astiti",
        "channel": ChannelKind.INSTAGRAM,
        "status": CustomerStatus.LEAD,
        "job_title": "Guru",
        "province": "Bali",
        "regency_city": "Kota Denpasar",
        "district": "Denpasar Selatan",
        "subdistrict": "Sanur",
        "zip_code": "80228",
        "external_id": "A-1",
    }
    added = await change(
        other_workspace,
        add_customer,
        NewCustomer(**values),  # type: ignore[arg-type]
        acquisition=Acquisition.IMPORT,
    )
    header = (
        "fullName phone email username channel status jobTitle province regencyCity district "
        "subdistrict zipCode externalId"
    )
    path = written(tmp_path / "one.csv", header.split(" "), list(values.values()))
    assert numbers(await customers(workspace, path)) == (1, 1, 0, 0, 0)
    made = await by_external_id(workspace, "A-1")
    own = {"id", "workspace_id", "main_identity_id"}
    names = [name for name in made._meta.db_fields if name not in own]
    assert {name: getattr(made, name) for name in names} == {
        name: getattr(added, name) for name in names
    }
    (identity,) = await identities(workspace, made.id)
    assert identity.id == made.main_identity_id
    assert (identity.kind, identity.identifier) == (ChannelKind.INSTAGRAM, "luh.astiti")
    assert await contact_log(workspace) == await contact_log(other_workspace)
    assert await event_types(workspace) == [EventType.CUSTOMER_ADDED, EventType.IMPORT_FINISHED]
    payload = "SELECT payload FROM events WHERE workspace_id = $1 AND type = 'CUSTOMER_ADDED'"
    assert await rows(workspace, payload) == await rows(other_workspace, payload)


async def test_imported_twice_nothing_changes(workspace: Workspace, tmp_path: Path) -> None:
    header = ["externalId", "fullName", "phone", "channel"]
    people = [[f"A-{n}", f"Budi {n}", f"08123456{n:04}", "WHATSAPP"] for n in range(50)]
    path = written(tmp_path / "people.csv", header, *people)
    assert numbers(await customers(workspace, path)) == (50, 50, 0, 0, 0)
    sql = "SELECT * FROM customers WHERE workspace_id = $1 ORDER BY id"
    before = await rows(workspace, sql)
    assert numbers(await customers(workspace, path)) == (50, 0, 0, 50, 0)
    assert await rows(workspace, sql) == before
    assert await count(workspace, "channel_identities") == 50
    assert await count(workspace, "profile_changes") == 0


async def test_a_known_external_id_changes_what_differs_and_blank_cells_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    vip = await group(workspace, "VIP")
    header = ["externalId", "fullName", "phone", "jobTitle", "groupIds"]
    written(tmp_path / "a.csv", header, ["A-1", "Budi", "081234567890", "Guru", ""])
    await customers(workspace, tmp_path / "a.csv")
    again = ["A-1", "Budi Santoso", "", "Guru", global_id(type(vip), vip.id)]
    written(tmp_path / "b.csv", header, again)
    assert numbers(await customers(workspace, tmp_path / "b.csv")) == (1, 0, 1, 0, 0)
    made = await by_external_id(workspace, "A-1")
    assert (made.full_name, made.phone, made.version) == ("Budi Santoso", "+6281234567890", 2)
    assert made.search_text == " budi santoso 6281234567890 a-1 "
    assert made.name_key == "budi santoso"
    (history,) = await rows(workspace, "SELECT * FROM profile_changes WHERE workspace_id = $1")
    assert history["source"] == "IMPORT"
    assert json.loads(history["changes"]) == [
        {"field": "fullName", "old": "Budi", "new": "Budi Santoso"},
        {"field": "groupIds", "old": [], "new": [global_id(type(vip), vip.id)]},
    ]
    assert await count(workspace, "customer_groups") == 1
    assert numbers(await customers(workspace, tmp_path / "b.csv")) == (1, 0, 0, 1, 0)


async def test_another_customers_contact_is_refused_with_who_they_are(
    workspace: Workspace, tmp_path: Path
) -> None:
    tini = await customer(workspace, "Tini", phone="+6281234567890", email="Tini@example.com")
    header = ["fullName", "phone", "email"]
    path = written(
        tmp_path / "people.csv",
        header,
        ["Budi", "0812 3456 7890", ""],
        ["Siti", "", "tini@EXAMPLE.com"],
        ["Dewi", "081299990000", "dewi@example.com"],
        ["Agus", "+62 812-9999-0000", ""],
    )
    summary = await customers(workspace, path)
    assert numbers(summary) == (4, 1, 0, 0, 3)
    found = failures(summary)
    assert lines(found) == [(2, "phone"), (3, "email"), (5, "phone")]
    holder = f"{global_id(Customer, tini.id)} “Tini”"
    assert found[0]["reason"] == f"DUPLICATE: phone +6281234567890 is that of customer {holder}."
    assert "“Dewi”" in found[2]["reason"]
    assert found[0]["fullName"] == "Budi"
    allowed = await customers(workspace, path, allow_duplicate=True)
    assert numbers(allowed) == (4, 4, 0, 0, 0)


async def test_a_deleted_customers_contact_is_free_and_their_external_id_is_not(
    workspace: Workspace, tmp_path: Path
) -> None:
    gone = await customer(workspace, "Tini", phone="+6281234567890", external_id="A-1")
    await change(workspace, delete_customer, gone.id)
    header = ["externalId", "fullName", "phone"]
    rows_ = (["A-2", "Budi", "081234567890"], ["A-1", "Tini", ""])
    summary = await customers(workspace, written(tmp_path / "people.csv", header, *rows_))
    assert numbers(summary) == (2, 1, 0, 0, 1)
    assert "is deleted" in failures(summary)[0]["reason"]


async def test_a_merged_customers_row_leaves_the_main_one_alone(
    workspace: Workspace, tmp_path: Path
) -> None:
    main = await customer(workspace, "Budi Santoso", external_id="A-1")
    member = await customer(workspace, "Budi S.", external_id="A-2")
    await merged(workspace, member, main)
    path = written(tmp_path / "p.csv", ["externalId", "fullName"], ["A-2", "Somebody"])
    assert numbers(await customers(workspace, path)) == (1, 0, 0, 1, 0)
    assert (await by_external_id(workspace, "A-1")).full_name == "Budi Santoso"


async def test_a_row_changes_what_one_above_it_has_added(
    workspace: Workspace, tmp_path: Path
) -> None:
    header = ["externalId", "fullName", "phone"]
    path = written(
        tmp_path / "people.csv",
        header,
        ["A-1", "Budi", "081234567890"],
        ["A-2", "Siti", ""],
        ["A-1", "Budi Santoso", "081234567890"],
    )
    assert numbers(await customers(workspace, path)) == (3, 2, 1, 0, 0)
    assert (await by_external_id(workspace, "A-1")).full_name == "Budi Santoso"


async def test_custom_properties_are_checked_kept_and_indexed(
    workspace: Workspace, tmp_path: Path
) -> None:
    agent = await user(workspace, "Rina")
    drafts = [
        PropertyDraft(key="birthDate", label="Lahir", type=PropertyType.DATE),
        PropertyDraft(key="size", label="Ukuran", type=PropertyType.NUMBER),
        PropertyDraft(key="member", label="Anggota", type=PropertyType.BOOLEAN),
        PropertyDraft(
            key="likes", label="Minat", type=PropertyType.MULTI_SELECT, options=["Kopi", "Batik"]
        ),
        PropertyDraft(key="seller", label="Penjual", type=PropertyType.USER),
    ]
    for draft in drafts:
        await change(workspace, save_property, draft)
    header = ["externalId", "fullName", "dob", "size", "member", "likes", "seller"]
    path = written(
        tmp_path / "people.csv",
        header,
        ["A-1", "Budi", "19810315", "42", "ya", "Batik; Kopi", agent.email],
        ["A-2", "Siti", "19810231", "big", "perhaps", "Teh", "nobody@example.com"],
    )
    summary = await customers(workspace, path, ("dob", "birthDate"))
    assert numbers(summary) == (2, 1, 0, 0, 1)
    assert (await by_external_id(workspace, "A-1")).properties == {
        "birthDate": "1981-03-15",
        "size": 42,
        "member": True,
        "likes": ["Kopi", "Batik"],
        "seller": global_id(type(agent), agent.id),
    }
    assert await count(workspace, "property_index_entries") == 6
    (bad,) = failures(summary)
    assert bad["column"] == "dob; size; member; likes; seller"


async def test_a_required_property_must_have_a_column_and_a_value(
    workspace: Workspace, tmp_path: Path
) -> None:
    draft = PropertyDraft(key="nik", label="NIK", type=PropertyType.TEXT, required=True)
    await change(workspace, save_property, draft)
    with pytest.raises(Refusal, match="No column feeds nik"):
        await customers(workspace, written(tmp_path / "a.csv", ["fullName"], ["Budi"]))
    path = written(tmp_path / "b.csv", ["fullName", "nik"], ["Budi", "327"], ["Siti", ""])
    summary = await customers(workspace, path)
    assert numbers(summary) == (2, 1, 0, 0, 1)
    assert lines(failures(summary)) == [(3, "nik")]


async def test_users_groups_and_tags_are_those_of_the_workspace(
    workspace: Workspace, other_workspace: Workspace, tmp_path: Path
) -> None:
    rina, foreign = await user(workspace, "Rina"), await user(other_workspace, "Sari")
    vip, coffee = await group(workspace, "VIP"), await tag(workspace, "kopi")
    elsewhere = await group(other_workspace, "VIP")
    header = ["fullName", "ownerId", "groupIds", "tagIds"]
    path = written(
        tmp_path / "people.csv",
        header,
        ["Budi", rina.email.upper(), global_id(type(vip), vip.id), str(coffee.id)],
        ["Siti", global_id(type(foreign), foreign.id), "", ""],
        ["Dewi", "", global_id(type(elsewhere), elsewhere.id), ""],
    )
    summary = await customers(workspace, path)
    assert numbers(summary) == (3, 1, 0, 0, 2)
    assert lines(failures(summary)) == [(3, "ownerId"), (4, "groupIds")]
    assert await count(workspace, "customer_groups") == 1
    assert await count(workspace, "customer_tags") == 1


async def test_an_identity_belongs_to_one_customer_whatever_is_allowed(
    workspace: Workspace, tmp_path: Path
) -> None:
    header = ["fullName", "channel", "username", "phone"]
    path = written(
        tmp_path / "people.csv",
        header,
        ["Budi", "Instagram", "@budi", ""],
        ["Budi S.", "INSTAGRAM", "budi", ""],
        ["Siti", "WHATSAPP", "", ""],
    )
    summary = await customers(workspace, path, allow_duplicate=True)
    assert numbers(summary) == (3, 1, 0, 0, 2)
    found = failures(summary)
    assert lines(found) == [(3, "username"), (4, "channel")]
    assert "the channel WHATSAPP needs it" in found[1]["reason"]


async def test_damaged_rows_are_left_out_with_line_column_and_reason(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "fullName,phone,email,status\n"
        "Budi,081234567890,budi@example.com,LEAD\n"
        ",081234567891,,\n"
        "Siti,12,,\n"
        "Dewi,,dewi at example.com,\n"
        "Agus,,,MAYBE\n"
        "Joko\n"
        f"{'x' * 201},,,\n"
        "A\x07gus,,,\n"
        "Tuti,,,customer\n"
    )
    summary = await customers(workspace, path)
    assert numbers(summary) == (9, 2, 0, 0, 7)
    found = failures(summary)
    assert lines(found) == [
        (3, "fullName"),
        (4, "phone"),
        (5, "email"),
        (6, "status"),
        (7, ""),
        (8, "fullName"),
        (9, "fullName"),
    ]
    assert found[3]["fullName"] == "Agus"
    assert "MAYBE" in found[3]["reason"]
    assert summary.failures_path == tmp_path / "people.errors.csv"


async def test_two_tenants_with_the_same_people_do_not_meet(
    workspace: Workspace, other_workspace: Workspace, tmp_path: Path
) -> None:
    path = written(
        tmp_path / "people.csv",
        ["externalId", "fullName", "phone", "channel"],
        ["A-1", "Budi", "081234567890", "WHATSAPP"],
    )
    assert numbers(await customers(workspace, path)) == (1, 1, 0, 0, 0)
    assert numbers(await customers(other_workspace, path)) == (1, 1, 0, 0, 0)


async def test_a_file_without_names_is_refused_before_anything_is_written(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = written(tmp_path / "people.csv", ["nama", "phone"], ["Budi", "081234567890"])
    with pytest.raises(Refusal, match=r"No column feeds fullName") as refusal:
        await customers(workspace, path)
    assert refusal.value.code is ErrorCode.INVALID
    assert await count(workspace, "imports") == 0
