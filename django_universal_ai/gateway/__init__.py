"""The wire contract, served from Django: any client of the service can talk to this project.

Add ``django_universal_ai.gateway`` to ``INSTALLED_APPS`` and
``path("v3/", include("django_universal_ai.gateway.urls"))`` to the URLs.
"""
