import pytest

from twilio_nb.domain.paths import check_secret_name
from twilio_nb.domain.permissions import Permission, UserDefinition
from twilio_nb.errors import ConfigurationError


@pytest.mark.parametrize(
    ("sentence", "written", "privilege"),
    [
        ("insert into demo.texts", "insert into demo.texts", "insert"),
        ("may insert into demo.texts", "insert into demo.texts", "insert"),
        ("find in demo.survey", "find in demo.survey", "find"),
        (" update  in demo.survey ", "update in demo.survey", "update"),
        ("delete from demo.texts", "delete from demo.texts", "remove"),
        ("delete in demo.texts.old", "delete from demo.texts.old", "remove"),
    ],
)
def test_a_permission_is_a_short_sentence(sentence: str, written: str, privilege: str) -> None:
    permission = Permission.parse(sentence)

    assert (str(permission), permission.privilege) == (written, privilege)


def test_a_collections_name_may_hold_dots() -> None:
    assert Permission.parse("find in demo.texts.old").place == ("demo", "texts.old")


@pytest.mark.parametrize(
    "sentence",
    ["", "insert", "insert demo.texts", "read demo.texts", "insert into demo", "insert into demo.", 7,
     "createUser in demo.texts", "insert into demo.texts, demo.survey", "find in demo.$cmd"],
)  # fmt: skip
def test_what_is_no_permission_is_refused_with_examples(sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=r"demo\.texts"):
        Permission.parse(sentence)


@pytest.mark.parametrize(
    "name", ["admin.system.users", "local.oplog.rs", "config.settings", "demo.system.js"]
)
def test_mongodbs_own_collections_are_nobodys(name: str) -> None:
    with pytest.raises(ConfigurationError, match="MongoDB's own"):
        Permission.parse(f"insert into {name}")


def test_a_users_permissions_are_kept_as_written_once_each() -> None:
    user = UserDefinition("collector", ("may find in demo.b", "find in demo.b", "insert into demo.a"))

    assert user.may == ("find in demo.b", "insert into demo.a")
    assert UserDefinition.from_document(user.to_document()) == user


def test_a_users_name_is_checked() -> None:  # ROL-10
    with pytest.raises(ConfigurationError, match="cannot name a user"):
        UserDefinition("a.b", ("find in demo.b",))


def test_users_of_other_databases_have_other_names_in_mongodb() -> None:
    user = UserDefinition("collector", ("find in demo.b",))
    names = {
        user.login_name(database)
        for database in ("twilio_nb", "x" * 63, "x" * 62 + "y", "über", "uber", "_x", "__")
    }

    assert user.login_name("twilio_nb") == "twilio_nb-collector"
    assert len(names) == 7
    assert all(len(name) <= 64 and name.isascii() for name in names)


@pytest.mark.parametrize(
    ("database", "user"), [("demo", "next"), ("demo", "what_NEXT"), ("_demo", "a"), ("-", "-")]
)
def test_whatever_a_user_is_called_its_password_has_a_name(database: str, user: str) -> None:
    name = UserDefinition(user, ("find in demo.texts",)).login_name(database)

    assert check_secret_name(name) == name
