"""A simulated Twilio account, in a process of its own.

It speaks Twilio's REST API of 2010-04-01 as far as texting goes, and of the messaging API the Messaging
Services. It has a WhatsApp sandbox, keeps and serves pictures, signs and delivers webhooks, obeys their
TwiML, understands STOP, START and HELP, goes wrong in Twilio's ways when told to, and calls nothing but
loopback addresses. Messages live in memory. It knows `domain` and nothing else of this package, as Twilio
would not either.
"""
