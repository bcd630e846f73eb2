"""What a person does where MongoDB lets no driver make users: in Atlas, or in MongoDB's shell."""

from __future__ import annotations

import json

from twilio_nb.domain.permissions import UserDefinition
from twilio_nb.storage.users import privileges


def to_make(name: str, definition: UserDefinition, *, atlas: bool) -> list[str]:
    """Return the commands that make a user; the password is asked for, and stands in none of them.

    Parameters
    ----------
    name : str
        What MongoDB is to call it.
    definition : UserDefinition
        What it may.
    atlas : bool
        Whether that is in Atlas, where the command line is Atlas's own.

    Returns
    -------
    list of str
        A command a line, the last one for a cell.
    """
    keep = f"twilio_nb.secrets.set({name!r})  # in a cell: asks for the same password, and keeps it"
    if atlas:
        may = ",".join(f"{one.privilege.upper()}@{one.collection}" for one in definition.permissions)
        return [
            f"atlas customDbRoles create {name} --privilege {may}",
            f"atlas dbusers create --username {name} --role {name}  # asks for a password",
            keep,
        ]
    role = json.dumps({"role": name, "privileges": privileges(definition), "roles": []})
    return [
        f'db.getSiblingDB("admin").createRole({role})',
        f'db.getSiblingDB("admin").createUser({{user: "{name}", pwd: passwordPrompt(), roles: ["{name}"]}})',
        keep,
    ]


def to_remove(name: str, *, atlas: bool) -> list[str]:
    """Return the commands that take a user away.

    Parameters
    ----------
    name : str
        What MongoDB calls it.
    atlas : bool
        Whether that is in Atlas.

    Returns
    -------
    list of str
        A command a line.
    """
    if atlas:
        return [f"atlas dbusers delete {name}", f"atlas customDbRoles delete {name}"]
    return [f'db.getSiblingDB("admin").dropUser("{name}")', f'db.getSiblingDB("admin").dropRole("{name}")']
