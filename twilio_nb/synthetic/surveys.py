"""Three surveys, and how people answer them: what they mean, and in which form they put it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FORMS = ("plain", "marked", "worded", "mistyped", "told", "beside the point")

FORM_SHARES = (0.5, 0.14, 0.14, 0.05, 0.1, 0.07)
"""How many answers have each form: ``4`` or ``b``; ``4!!`` or ``B)``; ``four``; ``fuor``; a sentence; no answer."""

_MARKS = ("{}.", "{}!", "{}!!", "({})", " {} ", "{})", "{} 👍", "{} 😊", "{} thx", "#{}", "*{}*", "{}\n")
_TOLD = {
    "en": (
        "I'd say {}",
        "{} please",
        "Definitely {}",
        "{}, with some doubts",
        "hmm, {} I think",
        "My answer is {}",
    ),
    "es": (
        "Yo diría {}",
        "{} por favor",
        "{} sin duda",
        "{}, pero no sé",
        "pues {} creo",
        "Mi respuesta es {}",
    ),
}
_BESIDE = {
    "en": (
        "Who is this?",
        "wrong number",
        "What do you mean?",
        "ok",
        "?",
        "Can I renew my book?",
        "👍",
        "both",
    ),
    "es": (
        "¿Quién es?",
        "número equivocado",
        "¿Cómo?",
        "ok",
        "?",
        "¿Puedo renovar mi libro?",
        "👍",
        "las dos",
    ),
}


@dataclass(frozen=True)
class Survey:
    """A question to all, and its answers.

    Attributes
    ----------
    question : mapping of str to str
        By language.
    choices : sequence of str
        What stands for each choice, as the question has it.
    shares : sequence of float
        How many mean each of them.
    words : mapping of str to sequence of sequence of str
        By language and choice: the choice in words.
    typos : mapping of str to sequence of sequence of str
        By language and choice: the words, mistyped.
    when : float
        How far through the history it is sent, from 0 to 1.
    """

    question: Mapping[str, str]
    choices: Mapping[str, Sequence[str]]
    shares: Sequence[float]
    words: Mapping[str, Sequence[Sequence[str]]]
    typos: Mapping[str, Sequence[Sequence[str]]]
    when: float

    def answers(self, language: str, meaning: int, form: int) -> list[str]:
        """Return the ways to give an answer.

        Parameters
        ----------
        language : {"en", "es"}
            The language it is given in.
        meaning, form : int
            The place of the choice in `choices`, and of the form in `FORMS`.
        """
        choice, worded = self.choices[language][meaning], self.words[language][meaning]
        match FORMS[form]:
            case "plain":
                return [choice, choice, choice.lower()]
            case "marked":
                return [mark.format(choice) for mark in _MARKS]
            case "worded":
                return [
                    *worded,
                    *(word.capitalize() for word in worded),
                    *(word.upper() for word in worded[:1]),
                ]
            case "mistyped":
                return list(self.typos[language][meaning])
            case "told":
                return [way.format(word) for way in _TOLD[language] for word in (choice, *worded[:1])]
            case _:
                return list(_BESIDE[language])


_STARS = [["⭐" * n, f"{n}/5", f"{n} of 5"] for n in range(1, 6)]
_SCALE = ("1", "2", "3", "4", "5")

SURVEYS = (
    Survey(
        {
            "en": "How do you like your library? Reply with a number from 1 (not at all) to 5 (very much).",
            "es": "¿Le gusta su biblioteca? Responda con un número de 1 (nada) a 5 (mucho).",
        },
        {"en": _SCALE, "es": _SCALE},
        (0.04, 0.08, 0.2, 0.4, 0.28),
        {
            "en": [
                [word, *stars]
                for word, stars in zip(("one", "two", "three", "four", "five"), _STARS, strict=True)
            ],
            "es": [
                [word, *stars]
                for word, stars in zip(("uno", "dos", "tres", "cuatro", "cinco"), _STARS, strict=True)
            ],
        },
        {
            "en": [["oen", "onee"], ["tow", "twoo"], ["thre", "tree"], ["fuor", "foru"], ["fiv", "fvie"]],
            "es": [["unno", "uon"], ["doss", "dso"], ["trs", "tress"], ["cuatr", "cutro"], ["cinko", "cinc"]],
        },
        0.35,
    ),
    Survey(
        {
            "en": "Which day suits you for the reading circle? A) Tuesday B) Thursday C) Saturday. Reply A, B or C.",
            "es": "¿Qué día le viene bien para el club de lectura? A) martes B) jueves C) sábado. Responda A, B o C.",
        },
        {"en": ("A", "B", "C"), "es": ("A", "B", "C")},
        (0.25, 0.3, 0.45),
        {
            "en": [
                ["Tuesday", "tuesday", "tue"],
                ["Thursday", "thursday", "thu"],
                ["Saturday", "saturday", "sat"],
            ],
            "es": [["martes", "el martes"], ["jueves", "el jueves"], ["sábado", "sabado", "el sábado"]],
        },
        {
            "en": [["tusday", "tuesdy"], ["thrusday", "thursdya"], ["saterday", "staurday"]],
            "es": [["marte", "matres"], ["jueve", "juebes"], ["sabdo", "sávado"]],
        },
        0.6,
    ),
    Survey(
        {
            "en": "Shall we stay open until 9 in the evening on Thursdays? Reply 1 for yes, 2 for no.",
            "es": "¿Abrimos los jueves hasta las 9 de la noche? Responda 1 para sí, 2 para no.",
        },
        {"en": ("1", "2"), "es": ("1", "2")},
        (0.7, 0.3),
        {
            "en": [["yes!!", "yes please", "yeah", "yep"], ["no", "nope", "no thanks"]],
            "es": [["sí", "si", "claro", "sí!!"], ["no", "no gracias", "mejor no"]],
        },
        {"en": [["yess", "yse", "ye"], ["noo", "on"]], "es": [["sii", "is"], ["noo", "on"]]},
        0.85,
    ),
)
