"""The least that serves jobs over HTTP: what the gateway is measured against."""
