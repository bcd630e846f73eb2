"""What a person is told to do where users cannot be made through the driver."""

from pymongo import MongoClient

from twilio_nb.domain.permissions import UserDefinition
from twilio_nb.steps import to_make, to_remove
from twilio_nb.storage.users import is_atlas

USER = UserDefinition(
    "collector", ("insert into demo.texts", "delete from demo.texts", "find in demo.survey")
)


def test_in_atlas_its_command_line_makes_role_and_user_and_asks_for_the_password() -> None:
    assert to_make("twilio_nb-collector", USER, atlas=True) == [
        "atlas customDbRoles create twilio_nb-collector "
        "--privilege INSERT@demo.texts,REMOVE@demo.texts,FIND@demo.survey",
        "atlas dbusers create --username twilio_nb-collector --role twilio_nb-collector  # asks for a password",
        "twilio_nb.secrets.set('twilio_nb-collector')  # in a cell: asks for the same password, and keeps it",
    ]
    assert to_remove("twilio_nb-collector", atlas=True) == [
        "atlas dbusers delete twilio_nb-collector",
        "atlas customDbRoles delete twilio_nb-collector",
    ]


def test_atlas_is_known_by_the_names_of_its_servers() -> None:
    for host, atlas in (("c0-shard-00-00.abcde.mongodb.net", True), ("mongodb.net.example.org", False)):
        with MongoClient[dict[str, object]](f"mongodb://{host}:27017", connect=False) as client:
            assert is_atlas(client) is atlas
