"""What to do about Twilio's commonest errors, in a sentence or two each.

Twilio's own texts say what is wrong; these say what to do next. Codes and their meaning:
https://www.twilio.com/docs/api/errors
"""

ADVICE: dict[int, str] = {
    20003: (
        "Check five things in Twilio's console: SID and token belong together, the token was not rotated, it "
        "is of this region, test credentials meet no live account, the account is not suspended."
    ),
    20404: "This account holds nothing under that SID: check it, and that it is no other (sub)account's.",
    20429: "Too many requests at once. Nothing was processed, so it is safe to try again in a while.",
    21211: "Write the recipient in E.164, such as +15558675309: a plus sign, the country code, the number.",
    21212: "Write the sender in E.164, such as +15558675309, or use a sender of this account.",
    21408: (
        "Allow the recipient's country in the console, under Messaging, Settings, Geo permissions "
        "(https://console.twilio.com/us1/develop/sms/settings/geo-permissions)."
    ),
    21602: "Give the message a text or media.",
    21603: "Give a sender: from_=…, --from, or the service's default sender.",
    21604: "Give a recipient.",
    21606: "Send from a number of this account that can text this destination.",
    21608: (
        "A trial account texts verified numbers only: verify the recipient first "
        "(https://console.twilio.com/us1/develop/phone-numbers/manage/verified) or upgrade the account."
    ),
    21610: "The recipient opted out (STOP). Do not try again; only they can undo it, by texting START.",
    21611: "The sender's queue is longer than ten hours: send more slowly, or add senders.",
    21612: "No route leads from this sender to this recipient: try another sender, or look the number up.",
    21614: "The recipient is no mobile number: look it up before texting it.",
    21617: "A message holds at most 1,600 characters: send it in parts.",
    21620: "Give a public http(s) address for each medium, one that Twilio can fetch without a login.",
    21623: "Attach at most ten media.",
    21703: "Add a sender to the Messaging Service first.",
    21704: "The Messaging Service has no sender that can reach this recipient: add one.",
    21910: "Give sender and recipient the same channel: whatsapp: before both, with from_=… or --from, or before none.",
    30001: "The sender's queue overflowed: send more slowly, or add senders.",
    30002: "The account was suspended after the message was queued: see Twilio's console.",
    30003: "The handset could not be reached (off, or out of range): try again later.",
    30004: "The carrier or the recipient blocks this sender: do not try again.",
    30005: "The number does not exist (any more): remove it.",
    30006: "The number is a landline, or its carrier takes no texts: remove it.",
    30007: "The carrier filtered the text: do not repeat it unchanged; check wording and registration.",
    30008: "The carrier gave no reason: one repetition is worth a try.",
    30022: "The 10DLC campaign's rate is used up: send more slowly.",
    30032: "Have the toll-free number verified first (https://www.twilio.com/docs/messaging/compliance/toll-free).",
    30034: "Register the number for 10DLC first (https://www.twilio.com/docs/messaging/compliance/a2p-10dlc).",
    30036: "The message waited longer than its validity period: send it again if it still matters.",
    30044: "A trial account may not send a text of this many segments: shorten it, or upgrade the account.",
    30450: "Twilio's protection against SMS pumping blocked it: see Messaging, Settings in the console.",
    35111: "A scheduled message needs send_at.",
    35115: "Schedule a message at least 5 minutes and at most 35 days ahead.",
    35117: "Give send_at a time that is 5 minutes to 35 days ahead of now, in UTC or with its zone.",
    35118: "A scheduled message needs a Messaging Service as its sender.",
    63003: "Write a WhatsApp recipient as whatsapp:+15558675309.",
    63007: "This account has no such WhatsApp sender: check the sender in the console.",
    63015: "The recipient must first join the WhatsApp sandbox, by texting it 'join' and its word.",
    63016: "More than 24 hours after the recipient's last text WhatsApp takes only approved templates.",
    63017: "The account's rate for this channel is used up: send more slowly.",
    63018: "The channel's rate is used up: send more slowly.",
    63024: "WhatsApp does not know this recipient: check that the number has an account there.",
    63038: "The account's daily limit is reached: wait for tomorrow, or ask Twilio for a higher one.",
}


_COUNTRY_CLOSED = 21408


def advice(code: int | None, status: int | None = None, *, to: str | None = None) -> str:
    """Return what helps with an error code of Twilio's, in a sentence or two, or "".

    Parameters
    ----------
    code : int or None
        Twilio's code, of a refused request or of an undelivered message.
    status : int or None
        HTTP status, which says enough where an answer had no code.
    to : str or None
        The recipient, where one country is to be named.
    """
    if code is None:
        code = {401: 20003, 404: 20404, 429: 20429}.get(status or 0)
    sentence = ADVICE.get(code or 0, "")
    if code == _COUNTRY_CLOSED and to:
        from twilio_nb.domain.countries import country  # its metadata of numbers takes a while to load

        return sentence.replace("the recipient's country", country(to) or "the recipient's country")
    return sentence
