"""A receiver to attack, as it is used for the tests of the receiver."""

from tests.receiving.conftest import receiver, sandbox, serve, start_receiver

__all__ = ["receiver", "sandbox", "serve", "start_receiver"]
