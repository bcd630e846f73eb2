"""The playground: a Jupyter Server with no more in it than is asked for, and nothing left of it."""

import requests

from twilio_nb.playground import Playground


def test_without_a_screen_there_is_no_jupyterlab_and_nothing_is_left() -> None:
    with Playground() as playground:
        answer = requests.get(
            f"{playground.url}lab", headers={"Authorization": f"token {playground.token}"}, timeout=10
        )
        assert "jupyterlab | extension" not in playground.log(100)

    assert answer.status_code == 404
    assert playground.processes() == []
    assert not playground.root.exists()


def test_it_announces_the_port_that_it_listens_on() -> None:
    with Playground() as playground:
        assert playground.url in playground.log()
