"""A query that is none is told where it goes wrong, not how far the parser looked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bilat
from bilat.errors import InputError
from bilat.mistakes import line_and_column, place_of_mistake


@pytest.mark.parametrize(
    "query, place, token",
    [
        ("", (1, 1), ""),
        ("SELECT * {", (1, 11), ""),
        ("SELECT * {\n\n", (1, 11), ""),
        ("SELCT * { ?s ?p ?o }", (1, 1), "SELCT"),
        ("# first\r\nSELCT * {}", (2, 1), "SELCT"),
        ("SELECT * {\n  ?s ?p ?o .\n  FILTER(?o = )\n}", (3, 15), ")"),
        ("SELECT * { ?s ?p }", (1, 18), "}"),
        ("SELECT * { ?s ?p nope:x }", (1, 18), "nope:x"),
        ("ASK {} }", (1, 8), "}"),
        ("ASK { ?s ?p 'it is' . ?x }", (1, 26), "}"),
        ("ASK { FILTER(?a<?b&&?c>?d) ?x }", (1, 31), "}"),
        ("ASK { ?s ?p 'open }", (1, 13), "'"),
        ("SELECT (1 AS ?x) (2 AS ?x) {}", (1, 30), ""),
        ("CLEAR ALL", (1, 1), "CLEAR"),
    ],
)
def test_the_first_wrong_token_is_found(query: str, place: tuple[int, int], token: str) -> None:
    offset, found = place_of_mistake(query)
    assert (line_and_column(query, offset), found) == (place, token)


WORDS = ["SELECT", "*", "{", "}", "?s", "?p", "'it'", "FILTER", "(", ")", "=", ".", "<http://e/>"]


@given(st.lists(st.sampled_from(WORDS)))
def test_what_stands_before_is_no_mistake(words: list[str]) -> None:
    query = " ".join(words)
    offset, token = place_of_mistake(query)
    assert query[offset:].startswith(token) and (token or offset == len(query))
    assert place_of_mistake(query[:offset])[1] == ""


def test_an_error_says_so(kg: bilat.KnowledgeGraph) -> None:
    with pytest.raises(InputError, match=r"line 1, column 10: '\(' cannot stand here"):
        kg.sparql("SELECT * ( }")
    with pytest.raises(InputError, match="line 1, column 13: nope:x: Prefix not found"):
        kg.sparql("ASK { ?s ?p nope:x }")
    with pytest.raises(InputError, match="line 1, column 6: the query ends too early"):
        kg.sparql("ASK {")
