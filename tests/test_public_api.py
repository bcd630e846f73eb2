"""What the package offers is what it says it offers, and each part of it is explained."""

import inspect
from types import ModuleType

import pytest

import twilio_nb
from twilio_nb import errors

OFFERED = [name for name in twilio_nb.__all__ if name != "__version__"]


def methods(cls: type) -> list[str]:
    """The public methods and properties that a class of ours defines itself."""
    return [name for name in vars(cls) if not name.startswith("_")]


def explained(cls: type, name: str) -> bool:
    return bool(inspect.getdoc(getattr(cls, name)))


def test_all_is_sorted_and_names_each_once() -> None:
    assert sorted(set(twilio_nb.__all__)) == twilio_nb.__all__


@pytest.mark.parametrize("name", twilio_nb.__all__)
def test_every_offered_name_is_there(name: str) -> None:
    assert getattr(twilio_nb, name) is not None
    assert not isinstance(getattr(twilio_nb, name), ModuleType)


def test_nothing_public_is_left_out_of_all() -> None:
    jupyter = {"load_ipython_extension", "unload_ipython_extension"}  # IPython's names, not ours to offer
    public = {name for name in dir(twilio_nb) if not name.startswith("_")}
    ours = {
        name
        for name in public
        if not isinstance(value := getattr(twilio_nb, name), ModuleType)
        and getattr(value, "__module__", "").startswith("twilio_nb")
    }

    assert ours - jupyter == set(OFFERED)


@pytest.mark.parametrize("name", OFFERED)
def test_every_offered_name_says_what_it_does(name: str) -> None:
    assert (inspect.getdoc(getattr(twilio_nb, name)) or "").strip()


@pytest.mark.parametrize("name", OFFERED)
def test_a_question_mark_explains_the_thing_itself(name: str) -> None:
    # IPython explains a property of a type instead of what it returns.
    assert not isinstance(getattr(type(twilio_nb), name, None), property)


def test_every_public_method_says_what_it_does() -> None:
    classes = [value for name in OFFERED if inspect.isclass(value := getattr(twilio_nb, name))]
    silent = [
        f"{cls.__name__}.{name}" for cls in classes for name in methods(cls) if not explained(cls, name)
    ]

    assert silent == []


@pytest.mark.parametrize("name", [name for name, value in vars(errors).items() if inspect.isclass(value)])
def test_every_error_is_of_one_family_and_in_the_drawing(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.TwilioNBError)
    assert name in (errors.__doc__ or "")
