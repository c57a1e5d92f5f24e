"""The passwords of the database roles that migrations make without any."""

from collections.abc import Mapping

import asyncpg


async def set_role_passwords(url: str, passwords: Mapping[str, str]) -> None:
    """Let each role log in with its password; `url` is the owner's address.

    Raises asyncpg.UndefinedObjectError for a role that migrations have not made.
    """
    connection = await asyncpg.connect(url)
    try:
        for role, password in passwords.items():
            # ALTER ROLE takes no parameters: the server quotes the two words itself.
            statement = await connection.fetchval(
                "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)", role, password
            )
            await connection.execute(statement)
    finally:
        await connection.close()
