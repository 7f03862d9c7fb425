"""Unpack a request, call the service, shape the answer: one module a family, each with a table `ROUTES`."""
