"""The words of a library and of the people who text it, in two languages; a ``{}`` stands for what it is about."""

from collections.abc import Mapping, Sequence

from twilio_nb.synthetic.texts import Kind

_TITLES = (
    *("Dune", "Beloved", "Emma", "Ulysses", "Middlemarch", "Persuasion", "Moby-Dick", "Kindred", "Rayuela"),
    *("Don Quijote", "Pedro Páramo", "Cien años de soledad", "Ficciones", "La tregua", "Frankenstein"),
    *("The Odyssey", "Walden", "Dracula", "Jane Eyre", "Little Women", "The Trial", "Faust", "Hamlet"),
    *("The Time Machine", "War and Peace", "Doña Bárbara", "Platero y yo", "The Waste Land", "Candide"),
)
_DAYS = {
    "en": ("today", "tomorrow", "on Monday", "on Friday", "on Saturday", "on Sunday", "next week", "tonight"),
    "es": (
        "hoy",
        "mañana",
        "el lunes",
        "el viernes",
        "el sábado",
        "el domingo",
        "la otra semana",
        "esta noche",
    ),
}
_TIMES = ("12", "14", "15", "2", "3", "9:30", "10", "11:30")

HELLO = {
    "en": ("", "Hi, ", "Hello! ", "Good morning, ", "hi ", "Hey, "),
    "es": ("", "Hola, ", "¡Hola! ", "Buenos días, ", "hola ", "Buenas, "),
}
BYE = {
    "en": ("?", "? Thanks", "??", "? Thank you!", "? 🙏", ""),
    "es": ("?", "? Gracias", "??", "? ¡Gracias!", "? 🙏", ""),
}
FROM_DESK = {
    "en": ("", " Best, the desk.", " Anything else?", " – Ana, library desk"),
    "es": ("", " Saludos, el mostrador.", " ¿Algo más?", " – Ana, biblioteca"),
}
ASKS = {
    "en": (
        (
            "is {} in right now",
            "do you have {}",
            "could you put {} aside for me",
            "can i renew {} for two weeks",
        ),
        ("are you open {}", "until when are you open {}", "is there story time for kids {}"),
        ("could we have the small room at {}", "is a computer free at {}", "may I bring my class at {}"),
    ),
    "es": (
        ("tienen {}", "está {} disponible", "me pueden apartar {}", "puedo renovar {} por dos semanas"),
        ("abren {}", "hasta qué hora abren {}", "hay hora del cuento {}"),
        (
            "nos prestan la sala a las {}",
            "hay una computadora libre a las {}",
            "puedo ir con mi clase a las {}",
        ),
    ),
}
REPLIES = {
    "en": (
        (
            "Yes, {} is here, we keep it at the desk for you until Friday.",
            "{} is out, due back next Tuesday. Shall we text you?",
            "Done: {} is yours for two more weeks. You can renew it once more, here or at the desk.",
        ),
        (
            "We are open {}, see the door for the hours: Mon–Fri 9–6, Sat 10–2.",
            "Not {}, sorry. Our hours: Mon-Fri 9-6, Sat 10-2. The book return is always open, at night too.",
        ),
        ("{} is fine, see you then!", "At {} it is taken, would an hour later do?"),
    ),
    "es": (
        (
            "Sí, {} está aquí, se lo guardamos hasta el viernes.",
            "{} está prestado, vuelve el martes. ¿Le avisamos?",
            "Listo: tiene {} dos semanas más. Puede renovarlo otra vez, por aquí o en el mostrador.",
        ),
        (
            "Abrimos {}, horario: lun–vie 9–18, sáb 10–14.",
            "Cerramos {}, lo sentimos. Horario: lunes a viernes de 9 a 18, sabado de 10 a 14. El buzon no cierra.",
        ),
        ("A las {} está bien, ¡hasta luego!", "A las {} está ocupado, ¿le sirve una hora después?"),
    ),
}
_MORES = {
    "en": ("And for how long", "Can my daughter pick it up", "ok and is there parking", "What does it cost"),
    "es": ("Y por cuánto tiempo", "Puede recogerlo mi hija", "ok y hay estacionamiento", "Cuánto cuesta"),
}
_DETAILS = {
    "en": (
        "Of course.",
        "Yes, gladly!",
        "For two weeks, and it costs nothing.",
        "Yes. The entrance is around the corner.",
    ),
    "es": (
        "Por supuesto.",
        "¡Sí, con gusto!",
        "Por dos semanas, y no cuesta nada.",
        "Sí. La entrada está a la vuelta.",
    ),
}
_THANKS = {
    "en": ("Thanks!", "Thank you", "thx", "Great, thanks so much 😊", "ok", "Perfect", "👍", "Thank you!!"),
    "es": (
        "¡Gracias!",
        "Gracias",
        "grax",
        "Qué bien, muchas gracias 😊",
        "ok",
        "Perfecto",
        "👍",
        "Gracias!!",
    ),
}
_NOTICES = {
    "en": (
        "{} is ready for you at the desk, until Friday. Reply STOP to get no more of these.",
        "{} is due in three days. Text RENEW and its title, or bring it back. STOP ends these notices.",
    ),
    "es": (
        "{} le espera en el mostrador hasta el viernes. Responda STOP para no recibir avisos.",
        "{} vence en tres días. Escriba RENOVAR y el título, o devuélvalo. STOP termina estos avisos.",
    ),
}
_RESPONSES = {
    "en": (
        "I'll come by",
        "renew please",
        "RENEW {}",
        "Who is this?",
        "already returned it!",
        "on my way 🚲",
    ),
    "es": ("Ya paso", "renovar por favor", "RENOVAR {}", "¿Quién es?", "ya lo devolví!", "voy 🚲"),
}
PICTURES = {
    "en": ("", "", "Is this yours?", "It got wet, sorry", "this one please", "my card"),
    "es": ("", "", "¿Es de ustedes?", "Se mojó, perdón", "este por favor", "mi tarjeta"),
}
_RECEIPTS = {"en": ("Thank you, noted!",), "es": ("¡Gracias, anotado!",)}
_STOPS = ("STOP", "Stop", "stop", "STOP ", "UNSUBSCRIBE", "Quit")
_STARTS = ("START", "Start", "UNSTOP")

PICTURE_TYPES = ("image/jpeg", "image/jpeg", "image/jpeg", "image/png", "image/gif", "video/mp4")

#: What each topic of a conversation is about.
FILLERS = {language: (_TITLES, _DAYS[language], _TIMES) for language in ("en", "es")}

#: What is said in the same words whatever the conversation is about.
OTHERS: Mapping[Kind, Mapping[str, Sequence[str]]] = {
    Kind.MORE: _MORES,
    Kind.DETAIL: _DETAILS,
    Kind.THANKS: _THANKS,
    Kind.RESPONSE: _RESPONSES,
    Kind.NOTICE: _NOTICES,
    Kind.RECEIPT: _RECEIPTS,
    Kind.STOP: {"en": _STOPS, "es": _STOPS},
    Kind.START: {"en": _STARTS, "es": _STARTS},
}
