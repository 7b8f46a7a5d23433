"""Webhooks that the gateway posts to the receivers of its clients.

:mod:`.deliveries` keeps the rows, :mod:`.sending` makes one request, :mod:`.posts` has the threads
that do so, :mod:`.body` says what is told, :mod:`.keys` signs it.
"""
