"""The stated rates of a history: what is drawn is drawn with these, and tests measure them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """What a history is made with. Shares are between 0 and 1, spreads those of the logarithm.

    ====================  ======  =======================================================================
    rate                   value  of what
    ====================  ======  =======================================================================
    spanish                 0.35  people who write Spanish, and are written to in Spanish; others English
    unknown                0.012  people whose number does not exist: all that goes there fails with 30005
    landline               0.008  people whose number is a landline: all that goes there fails with 30006
    unreachable            0.015  other outbound texts that fail with 30003
    filtered               0.006  ... with 30007
    unexplained            0.003  ... with 30008
    unconfirmed             0.01  outbound texts that are sent and never confirmed as delivered
    notices                 0.25  conversations that the library begins; people begin the others
    replied                 0.94  questions of people that get a reply
    thanked                 0.35  replies that arrived and are thanked for
    continued               0.25  first replies that arrived and lead to another question
    responded               0.25  notices that arrived and are answered
    tired                   0.04  people who at some time answer the next notice that arrives with STOP
    stopped                 0.01  questions of a survey that arrived and are answered with STOP
    restarted                0.3  people who stopped a number and text START later, if the history lasts
    answered                0.55  questions of a survey that arrived and are answered otherwise
    late                    0.08  answers to a survey that take days
    pictures                0.01  all texts that are inbound with pictures (MMS)
    failed                 0.008  answers to a survey whose handler failed
    slow                   0.006  ... whose reply came late, by REST
    interrupted            0.003  ... whose kernel went away meanwhile
    reply_minutes              6  median until a reply while the library is open
    reply_spread               1  its spread
    backlog_minutes           40  median until a reply after the library has opened again
    on_call                 0.15  questions to the closed library that are answered before it opens again
    on_call_minutes           45  median of that; all others wait until it opens again
    person_minutes             4  median until a person goes on with a conversation
    person_spread            1.2  its spread
    answer_minutes            15  median until a survey is answered, unless late
    answer_spread            1.4  its spread
    late_days                  2  median of late answers
    restart_days               6  median from STOP to START
    asleep                  0.85  texts of people that would go out from 23 to 7 h and wait for the morning
    ====================  ======  =======================================================================

    The library, Phoenix time (UTC-7 all year), is open from Monday to Friday from 9 to 18 h and on Saturday from
    10 to 14 h. What people mean by their answers, and in which form they put it, is stated in
    `twilio_nb.synthetic.surveys`; when conversations begin, in `twilio_nb.synthetic.rhythm`.
    """

    spanish: float = 0.35
    unknown: float = 0.012
    landline: float = 0.008
    unreachable: float = 0.015
    filtered: float = 0.006
    unexplained: float = 0.003
    unconfirmed: float = 0.01
    notices: float = 0.25
    replied: float = 0.94
    thanked: float = 0.35
    continued: float = 0.25
    responded: float = 0.25
    tired: float = 0.04
    stopped: float = 0.01
    restarted: float = 0.3
    answered: float = 0.55
    late: float = 0.08
    pictures: float = 0.01
    failed: float = 0.008
    slow: float = 0.006
    interrupted: float = 0.003
    reply_minutes: float = 6
    reply_spread: float = 1
    backlog_minutes: float = 40
    on_call: float = 0.15
    on_call_minutes: float = 45
    person_minutes: float = 4
    person_spread: float = 1.2
    answer_minutes: float = 15
    answer_spread: float = 1.4
    late_days: float = 2
    restart_days: float = 6
    asleep: float = 0.85


RATES = Rates()
