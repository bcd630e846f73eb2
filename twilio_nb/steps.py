"""What a person does where MongoDB lets no driver make users: in Atlas, or in MongoDB's shell."""

from __future__ import annotations

import json

from twilio_nb.domain.permissions import UserDefinition
from twilio_nb.storage.database import Database
from twilio_nb.storage.users import is_atlas, privileges


def to_make(database: Database, definition: UserDefinition) -> list[str]:
    """Return the commands that make a user; the password is asked for, and stands in none of them.

    Parameters
    ----------
    database : Database
        The one that declares it.
    definition : UserDefinition
        The user.

    Returns
    -------
    list of str
        A command a line, the last one for a cell.
    """
    name = definition.login_name(database.name)
    keep = f"twilio_nb.set_secret({name!r})  # in a cell: asks for the same password, and keeps it"
    if is_atlas(database):
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


def to_remove(database: Database, definition: UserDefinition) -> str:
    """Return the sentence that says how a user is taken away.

    Parameters
    ----------
    database : Database
        The one that declared it.
    definition : UserDefinition
        The user.

    Returns
    -------
    str
    """
    name = definition.login_name(database.name)
    where = (
        f"in Atlas: atlas dbusers delete {name}, atlas customDbRoles delete {name}"
        if is_atlas(database)
        else f'in MongoDB\'s shell: db.getSiblingDB("admin").dropUser("{name}"), and dropRole("{name}")'
    )
    return f"MongoDB lets only somebody else remove the user itself, {where}."
