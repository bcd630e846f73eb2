"""The response object that a handler may fill in."""

from typing import Any, Self

from twilio_nb.errors import HandlerError
from twilio_nb.receiving.apologies import quotes_mongodb


class Response:
    """What a handler wants answered, as an alternative to returning it.

    Once any of its methods was called, the handler's return value is ignored. The methods can be chained,
    and the response itself may be returned.

    Attributes
    ----------
    touched : bool
        Whether any method was called.
    status_code : int
        HTTP status of the answer.
    body : object
        What was set, in any of the forms that a handler may return; None for nothing.
    headers : list of (str, str)
        In the order they were set.
    warnings : list of str
        What was probably meant otherwise.

    Examples
    --------
    >>> response.set_status_code(201).set_body("Saved")
    """

    def __init__(self) -> None:
        self.touched = False
        self.status_code = 200
        self.body: Any = None
        self.headers: list[tuple[str, str]] = []
        self.warnings: list[str] = []

    def set_status_code(self, code: int) -> Self:
        """Set the HTTP status; Twilio sends nothing for one outside 200 to 299.

        Parameters
        ----------
        code : int
            200 to 599.

        Returns
        -------
        Response
            This one.

        Raises
        ------
        HandlerError
            If it is no such number.
        """
        self.touched = True
        if not isinstance(code, int) or not 200 <= code <= 599:
            message = f"set_status_code() was given {code!r}; an HTTP status is a number from 200 to 599."
            raise HandlerError(message)
        self.status_code = int(code)
        return self

    def set_body(self, body: Any) -> Self:
        """Set what is texted back.

        Parameters
        ----------
        body : object
            Text; an ObjectId becomes its 24 digits, None nothing, other values Extended JSON. A text
            that is TwiML (``<Response>…``) is obeyed. One that quotes an error of MongoDB's driver, set where that
            error is handled, is warned about.

        Returns
        -------
        Response
            This one.
        """
        self.touched = True
        self.body = body
        if quotes_mongodb(body):
            self.warnings.append(
                "The body quotes an error of MongoDB, which may hold the text and the number themselves. Text a "
                "sentence of your own, or twilio_nb.user_message(error)."
            )
        return self

    def set_header(self, name: str, value: str) -> Self:
        """Set a header in place of all earlier ones of its name.

        Only ``Content-Type`` has a meaning: ``text/plain`` texts the body as it is, even if it looks like
        TwiML; ``text/xml`` says that it is TwiML. The answer itself is always ``text/xml``.

        Returns
        -------
        Response
            This one.
        """
        self.headers = [header for header in self.headers if header[0].lower() != str(name).lower()]
        return self.add_header(name, value)

    def add_header(self, name: str, value: str) -> Self:
        """Add a header beside earlier ones of its name.

        Returns
        -------
        Response
            This one.
        """
        self.touched = True
        self.headers.append((str(name), str(value)))
        return self
