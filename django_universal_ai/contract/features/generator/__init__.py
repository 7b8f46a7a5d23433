"""Writes the typed features anew when the service's have changed.

::

    python -m django_universal_ai.contract.features.generator SOURCE [--check]

``SOURCE`` is the address of a service's ``/v3/info``, or a JSON file with the details of all
features. Names, types, requirements and prices come from there; our words for them, and what the
service doesn't tell, are in :mod:`.words` and :mod:`.rules`. Not imported by the app.
"""
