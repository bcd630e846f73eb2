from twilio_nb.domain.recipients import Fault, Recipients, listed, typed


def test_recipients_stand_between_commas_semicolons_or_ends_of_lines() -> None:
    text = "+1 (555) 867-5309, whatsapp:+15558675310;\n\n +44 7700 900123 \n"

    assert typed(text).addresses == ("+15558675309", "whatsapp:+15558675310", "+447700900123")


def test_nothing_typed_is_nobody_and_no_fault() -> None:
    assert typed(" \n, ;") == Recipients()


def test_what_is_no_number_is_told_with_its_place_and_the_nearest_correct_form() -> None:
    (fault,) = typed("+15558675309\n555 867 5310").faults

    assert fault.place == "2"
    assert "did you mean '+15558675310'?" in fault.sentence


def test_who_is_named_twice_gets_one_text() -> None:
    people = typed("+15558675309, +1 555 867 5309, +15558675310")

    assert people == Recipients(("+15558675309", "+15558675310"), repeated=1)


def test_an_empty_cell_of_a_column_is_a_fault_of_its_row() -> None:
    people = listed([("ann", "+15558675309"), ("ben", None), ("cat", float("nan")), ("dan", " ")])

    assert people.faults == (
        Fault("ben", "It is empty."),
        Fault("cat", "It is empty."),
        Fault("dan", "It is empty."),
    )


def test_a_column_of_numbers_without_their_plus_says_what_was_meant() -> None:
    (fault,) = listed([(0, 15558675309.0)]).faults

    assert "'15558675309'" in fault.sentence
    assert "did you mean '+15558675309'?" in fault.sentence
