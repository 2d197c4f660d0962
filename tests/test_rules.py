"""Every rule: what it derives from the invented world and from made-up graphs, in two engines."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha1
from itertools import combinations
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from bilat.derived import derive as derive_all
from bilat.derived import nquads
from bilat.edges import QUERIES
from bilat.namespaces import PREFIXES, compact
from bilat.rules import excerpt, read
from conftest import examples

TESTS = Path(__file__).parent
RULES = {path.stem: path for path in sorted((TESTS.parent / "queries" / "rules").glob("*.rq"))}
pytestmark = pytest.mark.filterwarnings("ignore:Dataset.*deprecated:DeprecationWarning")

Facts = set[tuple[str, str, str]]
Term = ox.Literal | ox.NamedNode

TIDES, NIGHT = "institution:kaz-ministry-of-tides", "institution:kaz-night-transport-agency"
LANTERNS, CLOCKS = "institution:srb-ministry-of-lanterns", "institution:srb-ministry-of-clocks"
MERGED, DUSK = "institution:srb-ministry-of-clocks-and-bells", "institution:hun-ministry-of-dusk"
EDUCATION = "instrument:2030-kaz-srb-mou-higher-education"
FLIGHTS = "instrument:2030-kaz-srb-moc-health-and-flights"
TRANSPORT = "instrument:2030-kaz-srb-mou-night-transport"
MINUTES = "instrument:2030-kaz-srb-minutes"
HEALTH = "instrument:2031-hun-srb-agreement-health"
LAMPS = "instrument:2032-hun-kaz-srb-mou-three-lamps"


def both_ways(*pairs: tuple[str, str]) -> set[tuple[str, str]]:
    return {*pairs, *((b, a) for a, b in pairs)}


def facts(predicate: str, *pairs: tuple[str, str]) -> Facts:
    return {(subject, predicate, value) for subject, value in pairs}


def relation(code: str, label: str, *items: str) -> Facts:
    """A relation with its label and countries, and what is filed under it."""
    iri = f"relation:{code}"
    return {
        (iri, "rdf:type", "bilat:BilateralRelation"),
        (iri, "rdfs:label", f'"{label}"@en'),
        *facts("bilat:betweenCountry", *((iri, f"country:{end}") for end in code.split("-"))),
        *facts("bilat:relation", *((item, iri) for item in items)),
    }


def iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def link(one: str, other: str, instruments: int) -> Facts:
    """A link, whose IRI is made of those of its two."""
    first, second = sorted((one, other), key=iri)
    it = "link:" + sha1(f"{iri(first)} {iri(second)}".encode()).hexdigest()
    return {
        (it, "rdf:type", "bilat:CooperationLink"),
        *facts("bilat:joins", (it, one), (it, other)),
        (it, "bilat:instrumentCount", f'"{instruments}"^^<{PREFIXES["xsd"]}integer>'),
    }


def count(country: str, instruments: int, partners: int) -> Facts:
    """How many instruments and partners a country has."""
    return {
        (country, "bilat:instrumentCount", f'"{instruments}"^^<{PREFIXES["xsd"]}integer>'),
        (country, "bilat:partnerCount", f'"{partners}"^^<{PREFIXES["xsd"]}integer>'),
    }


#: What each rule derives from the world, as read from world.trig.
EXPECTED: dict[str, Facts] = {
    "party": facts(
        "bilat:party",
        (EDUCATION, TIDES), (EDUCATION, LANTERNS),
        (FLIGHTS, TIDES), (FLIGHTS, LANTERNS),
        (TRANSPORT, NIGHT), (TRANSPORT, CLOCKS),
        (HEALTH, MERGED), (HEALTH, LANTERNS),
        (LAMPS, DUSK), (LAMPS, TIDES), (LAMPS, LANTERNS), (LAMPS, MERGED),
    ),
    "party-country": facts(
        "bilat:partyCountry",
        *((item, "country:KAZ") for item in (EDUCATION, FLIGHTS, TRANSPORT, LAMPS)),
        *((item, "country:SRB") for item in (EDUCATION, FLIGHTS, TRANSPORT, HEALTH, LAMPS)),
        *((item, "country:HUN") for item in (HEALTH, LAMPS)),
    ),
    "cooperates-with": facts(
        "bilat:cooperatesWith",
        *both_ways((TIDES, LANTERNS), (TIDES, MERGED), (NIGHT, CLOCKS)),
        *both_ways((DUSK, TIDES), (DUSK, LANTERNS), (DUSK, MERGED)),
        *both_ways(("country:KAZ", "country:SRB")),
        *both_ways(("country:HUN", "country:KAZ"), ("country:HUN", "country:SRB")),
    ),
    "holds-post": facts(
        "bilat:holdsPost",
        ("person:ada-lantern", "post:kaz-high-lamplighter"),
        ("person:boris-clock", "post:srb-high-lamplighter"),
    ),
    "received-award": facts(
        "bilat:receivedAward",
        ("person:ada-lantern", "award:tide-medal"),
        ("person:boris-clock", "award:bell-medal"),
        ("person:boris-clock", "award:golden-lantern"),
        ("person:cyril-bell", "award:golden-lantern"),
    ),
    "relation": relation(
        "KAZ-SRB", "Kazakhstan–Serbia",
        EDUCATION, FLIGHTS, TRANSPORT, MINUTES, LAMPS,
        "event:2030-05-10-kaz-srb-signing", "event:2030-05-kaz-srb-exchange",
        "event:2030-05-kaz-srb-talks", "event:2032-hun-kaz-srb-announcement",
        "conferral:golden-lantern-cyril-bell",
    )
    | relation(
        "HUN-SRB", "Hungary–Serbia",
        HEALTH, LAMPS, "event:2031-08-01-hun-srb-entry-into-force",
        "event:2032-hun-kaz-srb-announcement",
    )
    | relation("HUN-KAZ", "Hungary–Kazakhstan", LAMPS, "event:2032-hun-kaz-srb-announcement"),
    "inferred-field": facts("bilat:inferredField", (TRANSPORT, "field:transport")),
    "cooperation-link": {
        *link(TIDES, LANTERNS, 3), *link(TIDES, MERGED, 1), *link(NIGHT, CLOCKS, 1),
        *link(DUSK, TIDES, 1), *link(DUSK, LANTERNS, 1), *link(DUSK, MERGED, 1),
        *link("country:KAZ", "country:SRB", 4), *link("country:HUN", "country:KAZ", 1),
        *link("country:HUN", "country:SRB", 2),
    },
    "instrument-count": {
        *count("country:KAZ", 4, 2), *count("country:SRB", 5, 2), *count("country:HUN", 2, 2),
    },
}  # fmt: skip

every_rule = pytest.mark.parametrize("name", RULES)


@cache
def world() -> list[ox.Triple]:
    """The invented world without its graphs."""
    quads = ox.parse(path=str(TESTS / "questions" / "world.trig"))
    return list(dict.fromkeys(quad.triple for quad in quads))


def store_of(triples: list[ox.Triple]) -> ox.Store:
    store = ox.Store()
    for triple in triples:
        store.add(ox.Quad(triple.subject, triple.predicate, triple.object))
    return store


def derive(store: ox.Store, name: str) -> set[ox.Triple]:
    result = store.query(RULES[name].read_text(encoding="utf-8"))
    assert isinstance(result, ox.QueryTriples)
    return set(result)


def short(node: object) -> str:
    """A term as the expectations write it."""
    text = str(node)
    return compact(text[1:-1]) if text.startswith("<") else text


def readable(triples: set[ox.Triple]) -> Facts:
    return {(short(t.subject), short(t.predicate), short(t.object)) for t in triples}


def derive_in_rdflib(triples: list[ox.Triple], name: str) -> Facts:
    graph = rdflib.Graph()
    graph.parse(data="".join(f"{triple} .\n" for triple in triples), format="nt")
    result = graph.query(RULES[name].read_text(encoding="utf-8")).graph
    assert result is not None
    return {(short(s.n3()), short(p.n3()), short(o.n3())) for s, p, o in result}


def test_every_rule_has_an_expectation() -> None:
    assert set(RULES) == set(EXPECTED)


@every_rule
def test_rule_says_what_it_derives(name: str) -> None:
    first, second, *rest = RULES[name].read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r"#\+ summary: \S.*\.", first)
    assert re.fullmatch(r"#\+ description: \S.*\.", second)
    declared = dict(re.findall(r"^PREFIX (\S+): <(.*)>$", "\n".join(rest), re.MULTILINE))
    bare = re.sub(r'<\S*>|"[^"]*"', "", "\n".join(rest))
    used = re.findall(r"(?<![\w?:-])([a-z][\w-]*):[A-Za-z]", bare)
    assert declared == {prefix: PREFIXES[prefix] for prefix in sorted(set(used))}


@every_rule
def test_rule_says_how_each_change_reaches_what_it_looks_at(name: str) -> None:
    text = RULES[name].read_text(encoding="utf-8")
    query, where = read(RULES[name]).query, text.partition("WHERE {")[2]
    bare = re.sub(r'<\S*>|"[^"]*"|LANGMATCHES', "", where)
    used = set(re.findall(r"(?<![\w?:-])((?:bilat|rdfs|org|skos):[A-Za-z]\w*)", bare))
    used |= {"rdf:type"} if re.search(r"\?\w+ a ", bare) else set()
    assert used - {"bilat:Event"} == set(query.reached)
    assert query.variable
    assert set(re.findall(r"# focus \?(\w+)", text)) == {query.variable}


@every_rule
def test_rule_in_oxigraph(name: str) -> None:
    assert readable(derive(store_of(world()), name)) == EXPECTED[name]


@every_rule
def test_rule_in_rdflib(name: str) -> None:
    assert derive_in_rdflib(world(), name) == EXPECTED[name]


@pytest.mark.parametrize("order", [sorted(RULES), sorted(RULES, reverse=True)])
def test_no_rule_reads_what_another_derives(order: list[str]) -> None:
    store = store_of(world())
    for name in order * 2:
        derived = derive(store, name)
        assert readable(derived) == EXPECTED[name]
        store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in derived)


def in_build(store: ox.Store, name: str) -> set[ox.Triple]:
    """What a build derives by the rule, from no more of the store than a build looks at."""
    queries = [*(read(path).query for path in RULES.values()), *QUERIES]
    table = derive_all([read(RULES[name])], excerpt(store, queries), lambda *_: None)
    text = b"".join(nquads(table))
    return {quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_QUADS)}


@every_rule
def test_a_build_derives_what_the_rule_constructs(name: str) -> None:
    store = store_of(world())
    assert in_build(store, name) == derive(store, name)


# ---- Made-up graphs ------------------------------------------------------------------------------

COUNTRIES = ["KAZ", "SRB", "HUN", "AZE"]
Side = tuple[str | None, str]
#: A side of an instrument: an institution, or none, and the country that it acts for.
sides = st.tuples(st.sampled_from([None, "a", "b", "c"]), st.sampled_from(COUNTRIES))
instruments = st.lists(st.lists(sides, max_size=4), max_size=5)
made_up = settings(max_examples=examples(60), deadline=None)


def node(kind: str, slug: str) -> ox.NamedNode:
    return ox.NamedNode(PREFIXES[kind] + slug)


def graph_of(parties: list[list[Side]]) -> list[ox.Triple]:
    found = []
    for i, members in enumerate(parties):
        for j, (institution, country) in enumerate(members):
            party = node("party", f"{i}-{j}")
            found.append(ox.Triple(node("instrument", str(i)), node("bilat", "hasParty"), party))
            found.append(ox.Triple(party, node("bilat", "onBehalfOf"), node("country", country)))
            if institution:
                body = node("institution", institution)
                found.append(ox.Triple(party, node("bilat", "partyInstitution"), body))
    return found


@made_up
@given(instruments)
def test_cooperation_is_symmetric_and_with_somebody_else(parties: list[list[Side]]) -> None:
    derived = derive(store_of(graph_of(parties)), "cooperates-with")
    pairs = {(short(t.subject), short(t.object)) for t in derived}
    assert pairs == {(b, a) for a, b in pairs}
    assert all(a != b for a, b in pairs)


@made_up
@given(instruments)
def test_cooperation_joins_sides_of_different_countries(parties: list[list[Side]]) -> None:
    pairs = set()
    for members in parties:
        for (one, country), (other, partner) in combinations(members, 2):
            if country != partner:
                pairs |= both_ways((f"country:{country}", f"country:{partner}"))
                if one and other and one != other:
                    pairs |= both_ways((f"institution:{one}", f"institution:{other}"))
    derived = derive(store_of(graph_of(parties)), "cooperates-with")
    assert readable(derived) == facts("bilat:cooperatesWith", *pairs)


@made_up
@given(instruments)
def test_relations_are_sorted_pairs_of_the_parties_countries(parties: list[list[Side]]) -> None:
    derived = readable(derive(store_of(graph_of(parties)), "relation"))
    filed = {(s, o) for s, p, o in derived if p == "bilat:relation"}
    assert filed == {
        (f"instrument:{i}", f"relation:{one}-{other}")
        for i, members in enumerate(parties)
        for one, other in combinations(sorted({country for _, country in members}), 2)
    }
    ends = {(s, o) for s, p, o in derived if p == "bilat:betweenCountry"}
    assert ends == {(r, f"country:{code}") for _, r in filed for code in r[9:].split("-")}


@settings(max_examples=examples(10), deadline=None)
@given(instruments)
def test_engines_agree_on_made_up_graphs(parties: list[list[Side]]) -> None:
    triples = graph_of(parties)
    names = "party", "party-country", "cooperates-with", "relation", "cooperation-link"
    for name in (*names, "instrument-count"):
        assert derive_in_rdflib(triples, name) == readable(derive(store_of(triples), name))


#: Terms that a table of results may not write as N-Triples does.
values = st.one_of(
    st.text(max_size=9).map(ox.Literal),
    st.text(max_size=9).map(lambda text: ox.Literal(text, language="en")),
    st.integers(-9, 10**12).map(ox.Literal),
    st.decimals(-99, 99, places=2).map(
        lambda d: ox.Literal(str(d), datatype=node("xsd", "decimal"))
    ),
    st.floats(allow_nan=False).map(ox.Literal),
    st.booleans().map(ox.Literal),
    st.text(min_size=1, max_size=3).map(lambda t: ox.Literal(t, datatype=node("xsd", "integer"))),
    st.just(ox.NamedNode("urn:x:é")),
)


@made_up
@given(st.lists(st.tuples(values, values), max_size=4))
def test_a_build_derives_every_kind_of_term(pairs: list[tuple[Term, Term]]) -> None:
    store = store_of(graph_of([[("a", "SRB"), ("b", "KAZ")]]))
    for number, (award, label) in enumerate(pairs):
        it = node("conferral", str(number))
        label_of = node("country", ("SRB", "KAZ")[number % 2])
        for subject, predicate, value in (
            (it, node("bilat", "award"), award),
            (it, node("bilat", "recipient"), node("person", str(number))),
            (label_of, node("rdfs", "label"), label),
        ):
            store.add(ox.Quad(subject, predicate, value))
    for name in ("received-award", "relation"):
        assert in_build(store, name) == derive(store, name)


NAMES = {
    "Ministry of Sport of Serbia": True,
    "Sport, Youth and Tourism Agency": True,
    "Agency for Youth/Sport": True,
    "Ministry of Transport": False,
    "Sports Office": False,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_field_is_guessed_from_whole_words_only(name: str) -> None:
    label = ox.NamedNode(PREFIXES["rdfs"] + "label")
    institution, instrument = node("institution", "a"), node("instrument", "0")
    triples = [
        *graph_of([[("a", "SRB")]]),
        ox.Triple(institution, label, ox.Literal(name, language="en")),
        ox.Triple(instrument, node("bilat", "fieldStatus"), node("status", "not-stated")),
        ox.Triple(node("field", "sport"), node("bilat", "mandateTerm"), ox.Literal("sport")),
    ]
    guess = {("instrument:0", "bilat:inferredField", "field:sport")}
    expected: Facts = guess if NAMES[name] else set()
    assert readable(derive(store_of(triples), "inferred-field")) == expected
    assert derive_in_rdflib(triples, "inferred-field") == expected


def test_an_instrument_without_parties_is_filed_by_an_event_of_two_countries_only() -> None:
    def event(slug: str, *countries: str) -> list[ox.Triple]:
        it = node("event", slug)
        return [
            ox.Triple(it, node("bilat", "concerns"), node("instrument", slug)),
            *(ox.Triple(it, node("bilat", "country"), node("country", c)) for c in countries),
        ]

    triples = event("two", "SRB", "KAZ") + event("three", "SRB", "KAZ", "HUN") + event("one", "SRB")
    filed = {f for f in readable(derive(store_of(triples), "relation")) if f[1] == "bilat:relation"}
    assert filed == facts("bilat:relation", ("instrument:two", "relation:KAZ-SRB"))


@pytest.mark.parametrize(("number", "joins"), [(8, True), (9, False)])
def test_an_instrument_of_more_than_8_countries_joins_nobody(number: int, joins: bool) -> None:
    store = store_of(graph_of([[(f"b{n}", f"C{n:02}") for n in range(number)]]))
    for name in ("cooperates-with", "relation", "cooperation-link", "instrument-count"):
        assert bool(derive(store, name)) is joins
    assert len(derive(store, "party-country")) == number


@pytest.mark.parametrize(("number", "joins"), [(8, True), (9, False)])
def test_an_event_of_more_than_8_countries_is_filed_under_no_pair(number: int, joins: bool) -> None:
    event = node("event", "summit")
    kind = ox.Triple(event, node("rdf", "type"), node("bilat", "Event"))
    countries = [node("country", f"C{n:02}") for n in range(number)]
    there = [ox.Triple(event, node("bilat", "country"), country) for country in countries]
    assert bool(derive(store_of([kind, *there]), "relation")) is joins
