"""Users: inviting somebody into the workspace.

Who they are is said by the identity provider: at their first log-in the row with their verified
e-mail address becomes theirs (`services/tokens.py`). No message is sent from here.
"""

from models import Role, User
from models.base import new_id
from services.actors import may_give
from services.contacts import normalize_email
from services.errors import ErrorCode, Refusal, invalid
from services.rows import insert_row
from services.texts import clean_line, fold
from services.transactions import RetryTransaction, Transaction

BY_EMAIL = "SELECT id FROM users WHERE workspace_id = $1 AND lower(email) = lower($2)"


async def invite_user(tx: Transaction, name: str, email: str, role: Role) -> User:
    """Make a user who may log in from now on.

    Raises a Refusal: INVALID for a bad name or address and for the role PARTNER, which is for keys;
    DUPLICATE where somebody has the address already; FORBIDDEN for a role above the actor's.
    """
    if role is Role.PARTNER:
        raise invalid("PARTNER is a role of API keys: people are OWNER, ADMIN or AGENT.", "role")
    if tx.actor is not None:
        may_give(tx.actor, role)
    label, address = clean_line(name, "name"), normalize_email(email, "email")
    user = User(
        id=new_id(),
        workspace_id=tx.workspace_id,
        name=label,
        email=address,
        role=role,
        search_text=fold(f"{label} {address}"),
        created_at=tx.now,
        updated_at=tx.now,
    )
    if not await insert_row(tx, user):
        found = await tx.fetch(BY_EMAIL, tx.workspace_id, address)
        if not found:
            raise RetryTransaction
        raise Refusal(
            ErrorCode.DUPLICATE,
            f"Somebody has the address {address} already.",
            ("email",),
            (User, found[0]["id"]),
        )
    return user
