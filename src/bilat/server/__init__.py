"""The graph over HTTP: SPARQL endpoint, linked data, questions and reconciliation, read-only.

One process takes requests and never touches the store; processes that may be killed answer them.
What a request asks for is a job: a function of a module here, run in a worker with the graph and
plain arguments, which gives a whole answer (see :mod:`bilat.server.answers`).
"""
