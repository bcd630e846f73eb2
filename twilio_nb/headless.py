"""A kernel without a screen, of which a program runs the cells."""

from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

from twilio_nb.errors import TwilioNBError


class Kernel:
    """A kernel of some Jupyter Server, which runs cells one by one.

    Attributes
    ----------
    id : str
        Its id in the server's REST API.
    client : BlockingKernelClient
        Connected to it.
    """

    def __init__(self, kernel_id: str, client: BlockingKernelClient) -> None:
        self.id = kernel_id
        self.client = client

    def run(self, cell: str, *, seconds: float = 60) -> str:
        """Run a cell and return what it printed.

        Raises
        ------
        TwilioNBError
            If the cell raises, does not end, or prints an error as magics do.
        """
        printed: dict[str, str] = {"stdout": "", "stderr": ""}
        results: list[str] = []

        def take(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                printed[content["name"]] += content["text"]
            elif message["msg_type"] in ("execute_result", "display_data"):
                results.append(content["data"].get("text/plain", ""))

        try:
            reply = self.client.execute_interactive(
                cell, allow_stdin=False, output_hook=take, timeout=seconds, store_history=True
            )["content"]
        except TimeoutError as error:
            message = f"A cell did not end within {seconds:.0f} seconds; so far it printed: {printed}"
            raise TwilioNBError(message) from error
        if reply["status"] != "ok":
            message = (
                f"A cell failed with {reply.get('ename')}: {reply.get('evalue')} {printed['stderr']}".rstrip()
            )
            raise TwilioNBError(message)
        if "UsageError" in printed["stderr"]:
            message = f"A magic failed. {printed['stderr']}".rstrip()
            raise TwilioNBError(message)
        return printed["stdout"] + "\n".join(results)
