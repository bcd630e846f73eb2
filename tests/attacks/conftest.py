"""A receiver to attack, and a shell to look at what it took, as they are used for their own tests."""

from tests.notebook.conftest import shell
from tests.receiving.conftest import receiver, sandbox, serve, start_receiver

__all__ = ["receiver", "sandbox", "serve", "shell", "start_receiver"]
