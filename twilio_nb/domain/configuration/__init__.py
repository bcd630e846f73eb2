"""The files of an app of the retired service, one kind a module: read in all their dialects, written in one.

Each class is what one file says. ``from_config`` takes it as ``files.read`` returns it, passes over what it does not
know, and notes in sentences what it changed and what means nothing here; ``to_config`` returns it in the newest
layout, always in the same order, and ``files.write`` always makes the same text of that. No secret is ever in it.

https://www.mongodb.com/docs/atlas/app-services/reference/config/
"""
