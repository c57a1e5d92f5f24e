"""The system user that the embedded servers run as: PostgreSQL refuses to run as root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from gateway.failures import Failure

UNPRIVILEGED_NAME = "nobody"


@dataclass(frozen=True)
class Account:
    """An unprivileged user, by its numbers."""

    uid: int
    gid: int

    def own(self, path: int | Path) -> None:
        """Give a file or folder (or an open file, by its number) to this user.

        Raises Failure where the file system knows no owners, as some network shares do.
        """
        try:
            os.chown(path, self.uid, self.gid)
        except OSError as error:
            raise Failure(
                f"The folder {path} cannot be given to the user {UNPRIVILEGED_NAME} "
                f"({error.strerror}), and PostgreSQL refuses to run as root. Choose a folder on "
                "another disk with --data DIR, or start as an ordinary user."
            ) from error


def choose_account(database_folder: Path) -> Account | None:
    """Who runs the servers: nobody else for an ordinary user; as root, an unprivileged user.

    As root, a folder that an ordinary user made stays with that user, so that both can use it
    in turn. Raises Failure when there is no unprivileged user to run as.
    """
    if os.geteuid() != 0:
        return None
    if database_folder.exists():
        owner = database_folder.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED_NAME)
    except KeyError as error:
        raise Failure(
            f"PostgreSQL refuses to run as root, and this system has no user "
            f"{UNPRIVILEGED_NAME} to run it as. Start as an ordinary user, or set DATABASE_URL."
        ) from error
    return Account(entry.pw_uid, entry.pw_gid)
