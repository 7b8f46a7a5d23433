"""Calling addresses that somebody else has named, without being turned against our own network.

Clients name the receivers of webhooks and the URLs of input files. :mod:`.target` judges what can
be known without the network; :mod:`.calling` looks the host up once, judges every address that it
has, and connects to one of those. Only who calls imports an HTTP client.
"""
