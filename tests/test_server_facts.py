"""What a page says of a thing, and who says so."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest

import bilat
from bilat.inputs import shipped
from bilat.knowledge_graph import KnowledgeGraph
from bilat.namespaces import BASE, GRAPH, PREFIXES
from bilat.server import documents
from bilat.server.facts import Fact, Sources, facts_of, sources_of
from bilat.store import EmbeddedStore

THINGS = ("id/country/KAZ", "scheme/field", "id/person/kassym-jomart-tokayev")


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("most", [1, 1000])
def test_the_facts_of_a_thing_have_their_sources(
    kg: bilat.KnowledgeGraph, thing: str, most: int
) -> None:
    assert isinstance(kg.store, EmbeddedStore)
    facts = facts_of(kg.store, BASE + thing)
    expected: dict[Fact, set[str]] = {}
    for quad in kg.store.engine.quads_for_pattern(ox.NamedNode(BASE + thing), None, None, None):
        if isinstance(quad.graph_name, ox.NamedNode):  # the default graph has all of them, too
            fact = Fact(quad.predicate.value, quad.object)
            expected.setdefault(fact, set()).add(quad.graph_name.value)
    assert set(facts) == set(expected) and len(facts) == len(expected) > 0
    found = sources_of(kg.store, BASE + thing, facts, most)
    assert set(found) == set(expected)
    for fact, (graphs, more) in found.items():
        assert set(graphs) <= expected[fact] and len(graphs) == min(most, len(expected[fact]))
        assert len(graphs) + more == len(expected[fact])


def told_by(number: int) -> KnowledgeGraph:
    """A graph in which so many sources say what a person is called, and one whose sister."""
    person, sister = (ox.NamedNode(f"{BASE}id/person/{name}") for name in ("ana", "eva"))
    label, kin = (ox.NamedNode(PREFIXES["rdfs"] + "label"), ox.NamedNode("http://x.test/kin"))
    engine = ox.Store()
    for index in range(number):
        graph = ox.NamedNode(f"{GRAPH}source-{index}")
        engine.add(ox.Quad(person, label, ox.Literal('Ana "\\\n', language="en"), graph))
    engine.add(ox.Quad(person, kin, sister, ox.NamedNode(f"{GRAPH}source-0")))
    engine.add(ox.Quad(person, kin, ox.BlankNode(), ox.NamedNode(f"{GRAPH}source-0")))
    engine.add(ox.Quad(person, kin, ox.Literal("unsaid")))
    return KnowledgeGraph(EmbeddedStore(merged(engine), merged=False), shipped(), "")


def merged(engine: ox.Store) -> ox.Store:
    """With everything in the default graph, too, as a server with a union default graph has it."""
    engine.extend([ox.Quad(q.subject, q.predicate, q.object) for q in engine])
    return engine


@pytest.mark.parametrize(("number", "shown", "more"), [(3, 3, ""), (11, 10, " and 1 more")])
def test_a_page_has_some_sources_of_a_value_and_says_how_many_more(
    number: int, shown: int, more: str
) -> None:
    text = documents.document(told_by(number), "/doc/person/ana", "html").body.decode()
    label = next(row for row in text.split("<tr>") if 'class="sources"' in row and "Ana" in row)
    assert len(re.findall(r'href="/graph/source-\d+"', label)) == shown
    assert (" more</td>" in label) == bool(more) and more in label


def test_what_no_query_can_ask_for_has_no_sources() -> None:
    store = told_by(1).store
    facts = facts_of(store, f"{BASE}id/person/ana")
    found = sources_of(store, f"{BASE}id/person/ana", facts, 5)
    blank = next(fact for fact in facts if isinstance(fact.object, ox.BlankNode))
    assert blank not in found and found.get(Fact("http://x.test/kin", ox.Literal("unsaid"))) is None
    assert Sources((f"{GRAPH}source-0",)) in found.values()
