"""The version of code, ontology and shipped data, which are released together."""

__version__ = "0.1.0"
