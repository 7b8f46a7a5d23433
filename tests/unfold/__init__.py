"""The admin desk on a site whose admin is django-unfold's, set up as ``docs/howto/unfold.md`` says.

A process has one admin, so these tests want settings of their own:
``make test ARGS="--ds=tests.unfold.settings tests/unfold"``. Those of ``tests/admin`` pass with
them, too; CI runs them all.
"""
