"""Views of the store as graphs, and their files."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bilat
import relations as made
from bilat.edges import edges
from bilat.errors import InputError, NotFoundError
from bilat.network import (
    FORMATS,
    VIEWS,
    components,
    neighbourhood,
    network,
    part,
    plane,
    to_bytes,
)
from bilat.store import EmbeddedStore, Store
from conftest import examples

KAZ, SRB, RUS = (made.COUNTRY + code for code in ("KAZ", "SRB", "RUS"))
HEALTH, CULTURE, SERBIAN, RUSSIAN = (
    made.INSTITUTION + slug for slug in ("kaz-health", "kaz-culture", "srb-culture", "rus-culture")
)


@pytest.fixture(scope="module")
def store() -> Store:
    """Two memoranda, one of three countries, one of states, one of nobody named, one at home."""
    return made.store(
        made.country("KAZ", "Kazakhstan"),
        made.country("SRB", "Serbia"),
        made.country("RUS", "Russia"),
        "field:health a skos:Concept ; skos:prefLabel 'Health care'@en .",
        "field:culture a skos:Concept ; skos:prefLabel 'Culture'@en , 'Культура'@ru .",
        made.institution("kaz-health", "Ministry of Health of Kazakhstan"),
        made.institution("kaz-culture", "Ministry of Culture of Kazakhstan"),
        made.institution("srb-culture", "Ministry of Culture of Serbia"),
        made.institution("rus-culture", "Ministry of Culture of Russia"),
        made.instrument("films", ["kaz-culture", "srb-culture"], "culture"),
        made.instrument("clinics", ["kaz-health", "srb-culture"], "health"),
        made.instrument("museums", ["kaz-culture", "srb-culture", "rus-culture"]),
        made.instrument("friendship", ["KAZ", "SRB?"]),
        made.instrument("at-home", ["kaz-health", "kaz-culture"], "health"),
        made.instrument("unnamed", []),
        made.instrument("unnamed-of-three", []),
        made.event("summit", ["KAZ", "RUS"], ["unnamed"], people=[("anna", "kaz-president")]),
        made.event("forum", ["KAZ", "RUS", "SRB"], ["unnamed-of-three"],
                   'bilat:notAfter "2026-02-27"^^xsd:date', [("anna", ""), ("boris", "")]),
        made.person("anna", "Anna", "KAZ"),
        made.person("boris", "Boris", "SRB"),
        made.post("kaz-president", "President of Kazakhstan"),
        made.conferral("star", "Order of the Star", "boris", "person:anna"),
    )  # fmt: skip


def test_institutions_of_two_countries_are_joined_by_each_instrument(store: Store) -> None:
    graph = network(store, "institutions")
    assert isinstance(graph, nx.MultiGraph)
    assert list(graph) == sorted([HEALTH, CULTURE, SERBIAN, RUSSIAN])
    assert graph.nodes[SERBIAN] == {
        "label": "Ministry of Culture of Serbia", "kind": "institution",
        "country": "SRB", "institution_kind": "ministry",
    }  # fmt: skip
    assert list(graph.edges(keys=True)) == [
        (CULTURE, RUSSIAN, made.INSTRUMENT + "museums"),
        (CULTURE, SERBIAN, made.INSTRUMENT + "films"),
        (CULTURE, SERBIAN, made.INSTRUMENT + "museums"),
        (HEALTH, SERBIAN, made.INSTRUMENT + "clinics"),
        (RUSSIAN, SERBIAN, made.INSTRUMENT + "museums"),
    ]
    assert graph.edges[CULTURE, SERBIAN, made.INSTRUMENT + "films"] == {
        "instrument": made.INSTRUMENT + "films", "label": "films",
        "instrument_type": "memorandum-of-understanding", "fields": "Culture",
    }  # fmt: skip


def test_countries_are_joined_by_the_number_of_instruments(store: Store) -> None:
    graph = network(store, "countries")
    assert {node: graph.nodes[node] for node in graph} == {
        KAZ: {"label": "Kazakhstan", "kind": "country", "country": "KAZ", "instrument_count": 5},
        RUS: {"label": "Russia", "kind": "country", "country": "RUS", "instrument_count": 2},
        SRB: {"label": "Serbia", "kind": "country", "country": "SRB", "instrument_count": 4},
    }
    weights = {(a, b): data["weight"] for a, b, data in graph.edges(data=True)}
    assert weights == {(KAZ, RUS): 2, (KAZ, SRB): 4, (RUS, SRB): 1}
    assert graph.edges[KAZ, SRB]["fields"] == "Culture; Health care"
    assert graph.edges[KAZ, RUS]["instruments"] == (
        f"{made.INSTRUMENT}museums; {made.INSTRUMENT}unnamed"
    )


@pytest.mark.parametrize(("number", "joined"), [(8, 8), (9, 0)])
def test_an_instrument_of_more_than_8_countries_joins_nobody(number: int, joined: int) -> None:
    bodies = [f"{code}xx-ministry" for code in "abcdefghi"[:number]]
    store = made.store(made.instrument("convention", bodies))
    assert len(network(store, "countries")) == len(network(store, "institutions")) == joined


def test_views_are_the_same_with_and_without_the_table(kg: bilat.KnowledgeGraph) -> None:
    assert kg.store.folder is not None
    assert isinstance(kg.store, EmbeddedStore)
    bare = EmbeddedStore(kg.store.engine)
    assert edges(kg.store) == edges(bare)
    for view in VIEWS:
        assert to_bytes(network(kg.store, view), "json") == to_bytes(network(bare, view), "json")


def test_fields_are_those_stated(store: Store) -> None:
    graph = network(store, "fields")
    health, culture = made.FIELD + "health", made.FIELD + "culture"
    assert {node for node, side in graph.nodes(data="bipartite") if side} == {health, culture}
    assert graph.nodes[health] == {"label": "Health care", "kind": "field", "bipartite": 1}
    assert list(graph.edges(data="weight")) == [
        (CULTURE, culture, 1), (CULTURE, health, 1), (HEALTH, health, 2),
        (SERBIAN, culture, 1), (SERBIAN, health, 1),
    ]  # fmt: skip


def test_persons_took_part_in_events(store: Store) -> None:
    graph = network(store, "events")
    anna, boris = made.PERSON + "anna", made.PERSON + "boris"
    star = made.INSTRUMENT.replace("instrument", "conferral") + "star"
    assert graph.nodes[anna] == {
        "label": "Anna", "kind": "person", "country": "KAZ", "bipartite": 0,
    }  # fmt: skip
    assert graph.nodes[made.EVENT + "forum"] == {
        "label": "forum", "kind": "event", "event_type": "talks", "on_date": "",
        "not_before": "", "not_after": "2026-02-27", "bipartite": 1,
    }  # fmt: skip
    assert dict(graph.edges) == {
        (anna, star): {"role": "conferrer", "capacity": ""},
        (anna, made.EVENT + "forum"): {"role": "attendee", "capacity": ""},
        (anna, made.EVENT + "summit"): {
            "role": "attendee", "capacity": "President of Kazakhstan",
        },
        (boris, star): {"role": "recipient", "capacity": ""},
        (boris, made.EVENT + "forum"): {"role": "attendee", "capacity": ""},
    }  # fmt: skip


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_of_nothing_is_an_empty_graph(view: str) -> None:
    graph = network(made.store(), view)
    assert graph.number_of_nodes() == 0
    for format in FORMATS:
        assert to_bytes(graph, format)


def test_unknown_names_are_refused_with_the_known_ones(store: Store) -> None:
    with pytest.raises(InputError, match=r"'people'.*institutions, countries, fields, events"):
        network(store, "people")
    with pytest.raises(InputError, match=r"'dot'.*graphml, gexf, json, csv"):
        to_bytes(nx.Graph(), "dot")


def test_each_view_says_what_it_shows() -> None:
    assert all(view.name == name and view.summary for name, view in VIEWS.items())


def test_a_neighbourhood_has_what_is_within_the_radius(store: Store) -> None:
    graph = network(store, "institutions")
    assert list(neighbourhood(graph, HEALTH)) == [HEALTH, SERBIAN]
    assert list(neighbourhood(graph, HEALTH, 0)) == [HEALTH]
    two = neighbourhood(graph, HEALTH, 2)
    assert content(two) == content(graph)
    assert two.graph == graph.graph
    with pytest.raises(NotFoundError, match="did you mean"):
        neighbourhood(graph, HEALTH[:-1])
    with pytest.raises(InputError, match="-1 edges"):
        neighbourhood(graph, HEALTH, -1)


def test_components_are_in_order_of_size() -> None:
    graph: nx.Graph[str] = nx.Graph([("a", "b"), ("x", "y"), ("y", "z")])
    assert components(graph) == [["x", "y", "z"], ["a", "b"]]
    assert list(part(graph, ["z", "x", "a"])) == ["a", "x", "z"]


def test_places_in_the_plane_are_apart_and_always_the_same() -> None:
    graph: nx.Graph[str] = nx.Graph([("a", "b"), ("b", "c"), ("c", "d")])
    at = plane(graph)
    assert at == plane(graph.copy())
    assert all(abs(a[0] - b[0]) + abs(a[1] - b[1]) > 0.1 for a, b in combinations(at.values(), 2))


# Files


def read_back(content: bytes, format: str, multi: bool) -> Any:
    if format == "graphml":
        return nx.read_graphml(io.BytesIO(content), force_multigraph=multi)
    if format == "gexf":
        return nx.read_gexf(io.BytesIO(content))
    return nx.node_link_graph(json.loads(content), edges="edges")


def content(graph: Any) -> tuple[dict[str, Any], list[Any]]:
    edges = [
        (*sorted(edge[:2]), sorted((k, v) for k, v in edge[2].items() if k not in ("id", "key")))
        for edge in graph.edges(data=True)
    ]
    return dict(graph.nodes(data=True)), sorted(edges, key=str)


@pytest.mark.parametrize("format", ["graphml", "gexf", "json"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_graph_is_read_back_as_it_was(store: Store, view: str, format: str) -> None:
    graph = network(store, view)
    back = read_back(to_bytes(graph, format), format, graph.is_multigraph())
    assert content(back) == content(graph)


def test_graphml_numbers_edges_of_one_instrument(store: Store) -> None:
    text = to_bytes(network(store, "institutions"), "graphml").decode()
    ids = [line.split('id="')[1].split('"')[0] for line in text.splitlines() if "<edge " in line]
    assert len(ids) == 5 == len(set(ids))


@pytest.mark.parametrize("view", VIEWS)
def test_the_table_has_a_line_for_each_edge(store: Store, view: str) -> None:
    graph = network(store, view)
    rows = list(csv.DictReader(io.StringIO(to_bytes(graph, "csv").decode())))
    assert [(row["source"], row["target"]) for row in rows] == [e[:2] for e in graph.edges]
    for row, (first, second, data) in zip(rows, graph.edges(data=True), strict=True):
        assert row["source_label"] == graph.nodes[first]["label"]
        assert row["target_label"] == graph.nodes[second]["label"]
        assert {name: row[name] for name in data} == {k: str(v) for k, v in data.items()}


def test_a_gexf_file_does_not_tell_the_day_of_writing(store: Store) -> None:
    assert b"lastmodifieddate" not in to_bytes(network(store, "countries"), "gexf")


def test_files_do_not_depend_on_the_order_of_sets() -> None:
    script = (
        "import hashlib, relations; from bilat.network import *; s = relations.two_countries(9)\n"
        "graphs = [network(s, v) for v in VIEWS]\n"
        "graphs.append(neighbourhood(graphs[0], next(iter(graphs[0])), 2))\n"
        "print(hashlib.sha256(b''.join(to_bytes(g, f) for g in graphs for f in FORMATS)).digest())"
    )
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1] / "src")])
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1


# Properties

CODES = ("AAA", "BBB", "CCC", "DDD")
PARTIES = st.lists(
    st.builds(lambda code, n: f"{code.lower()}-{n}", st.sampled_from(CODES), st.integers(0, 1)),
    min_size=1, max_size=4, unique=True,
)  # fmt: skip


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(PARTIES, max_size=7))
def test_weights_and_edges_add_up(instruments: list[list[str]]) -> None:
    store = made.store(*(made.instrument(f"i{n}", sides) for n, sides in enumerate(instruments)))
    countries, bodies = network(store, "countries"), network(store, "institutions")
    states = [len({side[:3] for side in sides}) for sides in instruments]
    weights = sum(data["weight"] for *_, data in countries.edges(data=True))
    assert weights == sum(k * (k - 1) // 2 for k in states)
    across = [
        (first, second)
        for sides in instruments
        for first, second in combinations(sides, 2)
        if first[:3] != second[:3]
    ]
    assert bodies.number_of_edges() == len(across)
    assert all(bodies.nodes[a]["country"] != bodies.nodes[b]["country"] for a, b in bodies.edges())
    for graph in (countries, bodies):
        assert list(graph) == sorted(graph)
        assert all(degree > 0 for _, degree in graph.degree())
