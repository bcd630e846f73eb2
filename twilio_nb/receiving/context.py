"""``context``: what a handler sees of the call it is answering.

It is one object for all handlers, whose attributes lead to the call that the current thread or task is
answering. So it works as a global name in a cell as well as a handler's third parameter.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from twilio_nb.domain.paths import DATA_SOURCE
from twilio_nb.errors import HandlerError, ServiceNotFound
from twilio_nb.receiving.data_source import DataSource, client
from twilio_nb.receiving.functions import Functions
from twilio_nb.receiving.request import Request, User
from twilio_nb.receiving.scope import scope
from twilio_nb.receiving.users import user_of
from twilio_nb.receiving.values import Environment, Values


class Services:
    """The data source and the Twilio services, by name.

    Attributes
    ----------
    twilio : callable
        Returns the Twilio service of a name, or None; the floor that has services sets it.
    """

    twilio: ClassVar[Callable[[str], Any]] = staticmethod(lambda name: None)

    def get(self, name: str) -> Any:
        """Return a service.

        Parameters
        ----------
        name : str
            ``mongodb-atlas``, or the name of a Twilio service.

        Returns
        -------
        DataSource or twilio_nb.Service or None
            None where nothing has this name.
        """
        if name == DATA_SOURCE:
            return DataSource(client())
        return type(self).twilio(name)

    def __getitem__(self, name: str) -> Any:
        """Return a service as `get` does.

        Raises
        ------
        ServiceNotFound
            Where nothing has this name.
        """
        service = self.get(name)
        if service is None:
            message = (
                f"There is no service {name!r}; there are {DATA_SOURCE!r} and those made with "
                "twilio_nb.connect(…) or twilio_nb.sandbox(…)."
            )
            raise ServiceNotFound(message)
        return service

    def __repr__(self) -> str:
        return f"<services: {DATA_SOURCE!r} and the connected Twilio services>"


class Context:
    """What a handler sees of its call.

    Examples
    --------
    >>> texts = context.services.get("mongodb-atlas").db("demo").collection("texts")
    >>> context.request.request_headers["user-agent"]
    ['TwilioProxy/1.1']
    """

    @property
    def services(self) -> Services:
        """The services by name; outside a handler they work as well, so that its lines can be tried."""
        return Services()

    @property
    def request(self) -> Request:
        """The request that brought the text.

        Raises
        ------
        HandlerError
            Outside a handler.
        """
        current = scope.get(None)
        if current is None or current.request is None:
            message = (
                "context.request is there only while a handler runs, in its own thread or task. "
                "Run the handler by hand with its test(Body='…')."
            )
            raise HandlerError(message)
        return current.request

    @property
    def values(self) -> Values:
        """The values by name; see :class:`~twilio_nb.receiving.values.Values`."""
        return Values()

    @property
    def environment(self) -> Environment:
        """The environment that ``TWILIO_NB_ENVIRONMENT`` names, with its ``tag`` and ``values``."""
        return Environment()

    @property
    def functions(self) -> Functions:
        """The functions of the notebook, to be called by name."""
        return Functions()

    @property
    def user(self) -> User:
        """As whom the handler runs: the system, or the user of MongoDB that its ``run_as`` names."""
        current = scope.get(None)
        return user_of(None if current is None else current.login)

    def running_as_system(self) -> bool:
        """Tell whether the handler runs as the system, as it does unless its webhook has a ``run_as``.

        Returns
        -------
        bool
        """
        return self.user.type == "system"

    def __repr__(self) -> str:
        current = scope.get(None)
        where = "no handler is running here" if current is None else f"answering for {current.function}"
        return f"<twilio_nb.context: {where}>"


context = Context()
