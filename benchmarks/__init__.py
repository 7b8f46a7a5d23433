"""What a job costs: this app beside the usual answer and beside the least that HTTP allows.

``make bench``, or ``python -m benchmarks --help``. Nothing in here is part of the package.
"""
