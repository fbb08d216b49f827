"""Webhooks out: events of any app, told to addresses that a clinic chose.

kinds          what is told, field by field      subscriptions   who is told
queueing       written with the event itself     delivering      claim, call, mark; again and again
targets        where we may call at all          calling         one call, checked and bounded
"""
