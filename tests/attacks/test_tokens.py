"""Two tokens while one is rotated: both are good, a third never is, and one that was withdrawn is not."""

from collections.abc import Callable

from tests.receiving.conftest import Kernel, Receiver, Sandbox

PRIMARY, NEXT, OTHER = "1" * 32, "2" * 32, "3" * 32


def announce(sandbox: Sandbox, *tokens: str, kernel: Kernel | None = None) -> None:
    """Say over the kernels socket what the service's requests may be signed with."""
    kernel = kernel or sandbox.kernel
    definition = sandbox.definition.to_document()
    kernel.tell(
        "service", definition=definition, database=sandbox.database.name, tokens=list(tokens), secrets={}
    )
    kernel.tell("ping")
    kernel.hear("pong")


def accepted(sandbox: Sandbox) -> dict[str, bool]:
    """With which tokens a text and a status callback pass; nothing is stored of those that do not."""
    found = {}
    for token in (PRIMARY, NEXT, OTHER, sandbox.token):
        form = sandbox.form()
        text = sandbox.text(form, "inbox", token=token).status
        status = sandbox.status(sandbox.form(MessageStatus="sent"), token=token).status
        assert (text, status) in [(200, 204), (403, 403)]
        assert (sandbox.log.get(form["MessageSid"]) is not None) == (text == 200)
        found[token] = text == 200
    return found


def test_while_a_token_is_rotated_both_are_good_and_afterwards_the_old_one_is_not(sandbox: Sandbox) -> None:
    announce(sandbox, PRIMARY)
    assert accepted(sandbox) == {PRIMARY: True, NEXT: False, OTHER: False, sandbox.token: False}
    announce(sandbox, PRIMARY, NEXT)
    assert accepted(sandbox) == {PRIMARY: True, NEXT: True, OTHER: False, sandbox.token: False}
    announce(sandbox, NEXT)
    assert accepted(sandbox) == {PRIMARY: False, NEXT: True, OTHER: False, sandbox.token: False}


def test_a_notebook_that_still_has_the_old_token_does_not_take_the_new_one_away(sandbox: Sandbox) -> None:
    announce(sandbox, PRIMARY)
    newer = sandbox.connect(owner="newer")
    announce(sandbox, NEXT, kernel=newer)
    announce(sandbox, PRIMARY)  # as when the receiver was restarted, and the older notebook dialled last

    assert accepted(sandbox) == {PRIMARY: True, NEXT: True, OTHER: False, sandbox.token: False}


def test_the_tokens_of_notebooks_that_left_go_with_the_next_that_comes(
    start_receiver: Callable[..., Receiver], serve: Callable[[Receiver], Sandbox]
) -> None:
    sandbox = serve(start_receiver().wait())
    announce(sandbox, PRIMARY)
    sandbox.kernel.close()
    # Texts wait for their notebook, so its token stays good until another notebook knows better.
    assert accepted(sandbox)[PRIMARY]
    announce(sandbox, NEXT, kernel=sandbox.connect(owner="newer"))

    assert accepted(sandbox) == {PRIMARY: False, NEXT: True, OTHER: False, sandbox.token: False}


def test_a_service_without_a_token_accepts_nothing_and_says_that_it_cannot_check(sandbox: Sandbox) -> None:
    announce(sandbox)
    form = sandbox.form()

    assert sandbox.text(form, "inbox", token=PRIMARY).status == 503
    assert sandbox.text(form, "inbox", token="").status == 403
    assert sandbox.log.get(form["MessageSid"]) is None
