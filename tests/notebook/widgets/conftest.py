"""A sandbox account in this process, as the tests of its service have it."""

from tests.service.conftest import account as account
from tests.service.conftest import eventually as eventually
from tests.service.conftest import service as service
