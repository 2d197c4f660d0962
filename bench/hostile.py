"""Queries that are meant to hurt a server: none ends within any time that one would wait."""

from __future__ import annotations


def queries(width: int = 3000) -> dict[str, str]:
    """Their kinds and texts; ``width`` says how many values and branches the long ones have."""
    values = " ".join(f'"{number}"' for number in range(width))
    branches = " UNION ".join(["{ ?a ?b ?c }"] * width)
    letters = "|".join(f"{number}[a-z]{{1,20}}" for number in range(width // 10))
    anything = "(!<http://example.org/x>|^!<http://example.org/y>)"
    return {
        "cross product, counted": "SELECT (COUNT(*) AS ?n) "
        "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?i) }",
        "cross product, streamed": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
        "cross product, sorted": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?a",
        "endless path": f"SELECT (COUNT(*) AS ?n) {{ ?a {anything}* ?b . ?b {anything}+ ?c }}",
        "huge regular expression": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f "
        f'FILTER(REGEX(CONCAT(STR(?c), STR(?f)), CONCAT("({letters})+", STR(?b), "$"))) }}',
        "giant VALUES": "SELECT (COUNT(*) AS ?n) { "
        f"VALUES ?a {{ {values} }} VALUES ?b {{ {values} }} VALUES ?c {{ {values} }} "
        "FILTER(?a != ?b && ?b != ?c) }",
        "thousands of UNIONs": f"SELECT (COUNT(*) AS ?n) {{ ?d ?e ?f . {{ {branches} }} "
        "FILTER(?a != ?f) }",
    }
