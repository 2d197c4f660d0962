"""A record becomes the graph of its source: it reads back, passes the shapes, its quotes stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilat.files import read_rdf
from bilat.findings import Finding
from bilat.inputs import shipped
from bilat.namespaces import GRAPH, PREFIXES, compact
from bilat.rdf import (
    About,
    Background,
    Mention,
    Names,
    SourceGraph,
    clean,
    compose,
    iri,
    is_address,
    romanised,
    slug,
    source_id,
)
from bilat.reconcile import Decision, Outcome, Reconciler, known_entities
from bilat.record import (
    EVENT_TYPES,
    INSTRUMENT_TYPES,
    PARTY_KINDS,
    Award,
    Evidence,
    Instrument,
    Party,
    Person,
    Record,
    Remark,
)
from bilat.revalidate import findings_of_files
from bilat.validate import text_of_shapes, validate_graph
from conftest import examples

SHAPES = [Path(path) for path in shipped().shapes()]
SOURCES = [Path(path) for path, _ in shipped().files() if path.endswith(".trig")]
SHA256 = "3fa94c01" * 8

#: Order, country, label of the body if it is named, whether it is said not to be.
Side = tuple[str, str, str | None, bool]


@cache
def background(without: str = "") -> Background:
    """What ships, but for one source."""
    engine = ox.Store()
    for path, graph in shipped().files():
        if not without or Path(path).stem != without:
            name = ox.NamedNode(graph)
            engine.extend(
                ox.Quad(q.subject, q.predicate, q.object, name) for q in read_rdf(Path(path))
            )
    return Background(engine)


@cache
def context() -> bytes:
    return ntriples(quad.triple for quad in background().engine)


def ntriples(triples: object) -> bytes:
    return ox.serialize(set(triples), format=ox.RdfFormat.N_TRIPLES) or b""  # type: ignore[call-overload]


def composed(
    record: Record,
    text: str,
    without: str = "",
    licence: str | None = None,
    settle: Callable[[Mention, Decision, str | None], Decision] = lambda _, said, __: said,
) -> SourceGraph:
    known = background(without)
    names = Names(record, Reconciler(known_entities(known.engine)), known, settle)
    about = About(source_id(record, SHA256) + "-9", text, "A title", "text.txt", licence)
    return compose(record, about, names, known)


def apart(_: Mention, decision: Decision, __: str | None) -> Decision:
    """Whoever is asked keeps bodies apart whose names differ."""
    return replace(decision, outcome=Outcome.UNKNOWN)


def findings(graph: SourceGraph) -> list[Finding]:
    """What the graph brings into what ships, of which little is looked at again."""
    triples = {quad.triple for quad in graph.quads()}
    found = findings_of_files(background().engine, triples, (), text_of_shapes(SHAPES))
    return validate_graph(context() + ntriples(triples), SHAPES) if found is None else found


def text_of(graph: SourceGraph, subject: str) -> dict[str, list[str]]:
    """The facts of a subject, as text."""
    found: dict[str, list[str]] = {}
    for block in graph.blocks():
        if compact(block.subject.value) == subject:
            for name, values in block.facts:
                found[name] = [
                    v.value if isinstance(v, ox.Literal) else compact(v.value) for v in values
                ]
    return found


def of_class(graph: SourceGraph, name: str) -> list[str]:
    wanted = iri(name)
    return [
        compact(block.subject.value)
        for block in graph.blocks()
        for predicate, values in block.facts
        if predicate == "rdf:type" and wanted in values
    ]


# ---- one record, in full

TEXT = """Astana, 8 May: the Presidents signed these documents.

1. Memorandum of understanding on cooperation in the field of veterinary medicine between the Ministry of Fun of Kazakhstan and the Ministry of Culture of Serbia
2. Roadmap on yoga between Kazakhstan and Serbia
President of Serbia Aleksandar Vučić was given the “Qyran Altyn” Order.
"""  # noqa: E501


def quote(words: str, confidence: float = 0.9) -> Evidence:
    start = TEXT.index(words)
    return Evidence(words, start, start + len(words), confidence)


RECORD = Record(
    language="en",
    published="2026-05-09",
    date="2026-05-08",
    place="Astana",
    countries=("KZ", "RS"),
    event_type="state visit",
    people=(Person("Aleksandar Vučić", "President", "RS", quote("Aleksandar Vučić")),),
    awards=(Award("Order “Altyn Qyran”", "Vučić", None, quote("“Qyran Altyn” Order")),),
    instruments=(
        Instrument(
            "Memorandum of understanding on cooperation in the field of veterinary medicine",
            "memorandum of understanding",
            (
                Party("Ministry of Fun", "KZ", "ministry", quote("Ministry of Fun of Kazakhstan")),
                Party(
                    "Ministry of Culture", "RS", "ministry", quote("Ministry of Culture of Serbia")
                ),
            ),
            "veterinary medicine",
            quote(TEXT.splitlines()[2]),
            quote("veterinary medicine"),
        ),
        Instrument(
            "Roadmap on yoga between Kazakhstan and Serbia",
            "roadmap",
            (
                Party("Kazakhstan", "KZ", "country", quote("Kazakhstan and Serbia")),
                Party("Serbia", "RS", "country", quote("Kazakhstan and Serbia")),
            ),
            "yoga",
            quote("2. Roadmap on yoga between Kazakhstan and Serbia", 0.5),
        ),
    ),
    evidence={"date": quote("8 May"), "place": quote("Astana")},
    source_url="https://example.org/a?b=c#d",
)


def test_a_record_is_written_as_the_model_has_it() -> None:
    graph = composed(RECORD, TEXT)
    assert graph.identifier == "2026-05-09-kz-rs-9"
    assert findings(graph) == []
    first = text_of(graph, "instrument:2026-kaz-srb-mou-veterinary-medicine-2")
    assert first["rdfs:label"] == [
        "Memorandum of understanding on veterinary medicine (Kazakhstan–Serbia, 2026)"
    ]
    assert first["bilat:field"] == ["field:veterinary-medicine"]
    assert first["bilat:listPosition"] == ["1"]
    assert first["bilat:confidence"] == ["0.90"]
    parties = [text_of(graph, party) for party in first["bilat:hasParty"]]
    assert [p["bilat:partyInstitution"] for p in parties] == [
        ["institution:kaz-ministry-of-fun"],
        ["institution:srb-ministry-of-culture"],
    ]
    assert text_of(graph, "institution:kaz-ministry-of-fun") == {
        "rdf:type": ["bilat:Institution"],
        "rdfs:label": ["Ministry of Fun of Kazakhstan"],
        "skos:altLabel": ["Ministry of Fun"],
        "bilat:country": ["country:KAZ"],
        "bilat:institutionKind": ["institution-kind:ministry"],
        "bilat:evidence": ["passage:2026-05-09-kz-rs-9-06"],
    }
    event = text_of(graph, "event:2026-05-08-kaz-srb-state-visit")
    assert event["bilat:place"] == ["place:astana"]
    assert event["bilat:dateAsQuoted"] == ["8 May"]
    (part,) = event["bilat:hasParticipation"]
    assert text_of(graph, part)["bilat:inCapacityOf"] == ["post:srb-president"]
    act = text_of(graph, "event:2026-05-08-kaz-srb-signing-ceremony")
    assert act["bilat:stage"] == ["lifecycle-stage:signed"]
    assert len(act["bilat:concerns"]) == 2


@pytest.mark.parametrize(
    ("before", "behind", "stage"),
    [
        ("They signed:", "", "signed"),
        ("", "were signed.", "signed"),
        ("They signed a pact. Documents were exchanged:", "", "exchanged"),
        ("Documents were signed and exchanged:", "", "signed"),
        ("There were signs of rain. They exchanged:", "", "exchanged"),
        ("The treaty signed before and the one signed in 1995 hold. Exchanged:", "", "exchanged"),
        ("He signed a book." + " Rain." * 80 + " They exchanged:", "", "exchanged"),
        ("They exchanged:", "Rain. " * 40 + "He signed a book.", "exchanged"),
        ("He signed a book." + " Rain." * 80, "", None),
    ],
)
def test_only_words_near_the_instruments_say_the_act(
    before: str, behind: str, stage: str | None
) -> None:
    title = "Roadmap on yoga between Kazakhstan and Serbia"
    text = f"{before}\n{title}\n{behind}\n"
    start = text.index(title)
    words = Evidence(title, start, start + len(title), 0.9)
    parties = tuple(Party(c, c, "country", words) for c in ("KZ", "RS"))
    instrument = Instrument(title, "roadmap", parties, "yoga", words)
    graph = composed(replace(RECORD, event_type="other", people=(), awards=(), evidence={},
                             instruments=(instrument,)), text)  # fmt: skip
    stages = [s for e in of_class(graph, "bilat:Event") for s in text_of(graph, e)["bilat:stage"]]
    assert stages == ([f"lifecycle-stage:{stage}"] if stage else [])


def test_a_field_without_a_concept_keeps_its_words_and_is_noted() -> None:
    graph = composed(RECORD, TEXT)
    second = text_of(graph, "instrument:2026-kaz-srb-roadmap-yoga")
    assert second["bilat:fieldStatus"] == ["status:not-stated"]
    assert second["bilat:fieldAsQuoted"] == ["yoga"]
    assert [note for note in graph.notes if "yoga" in note and note.startswith("line 4:")]


def test_states_are_parties_without_a_body() -> None:
    graph = composed(RECORD, TEXT)
    party = text_of(graph, "party:2026-kaz-srb-roadmap-yoga-1")
    assert party["bilat:onBehalfOf"] == ["country:KAZ"]
    assert not {"bilat:partyInstitution", "bilat:institutionStatus"} & set(party)


def test_an_award_is_known_whatever_the_order_of_its_words() -> None:
    graph = composed(RECORD, TEXT)
    assert of_class(graph, "bilat:Award") == ["award:altyn-qyran"]
    # a source has told of this conferral: what it says of the giver stands
    conferral = text_of(graph, "conferral:altyn-qyran-aleksandar-vucic")
    assert conferral["bilat:conferrerStatus"] == ["status:not-stated"]


def test_a_person_known_of_the_other_country_is_not_made_anew() -> None:
    swap = {"KZ": "RS", "RS": "KZ"}
    people = [replace(p, country=swap[p.country or ""]) for p in RECORD.people]
    graph = composed(replace(RECORD, people=tuple(people), awards=()), TEXT)
    names = {n.name: n for n in graph.names if n.kind == "person"}
    assert names["Aleksandar Vučić"].decision.outcome is Outcome.AMBIGUOUS
    assert names["Aleksandar Vučić"].iri is None
    assert "known of RS" in names["Aleksandar Vučić"].decision.candidates[0].reasons[-1]
    assert [r for r in graph.remarks if "Vučić" in r]


@pytest.mark.parametrize(
    ("place", "country"),
    [("Ташкент", ["country:UZB"]), ("Tashkent", ["country:UZB"]), ("Zubrowka", None)],
)
def test_a_new_city_is_in_the_country_that_has_it(place: str, country: list[str] | None) -> None:
    graph = composed(replace(RECORD, place=place), TEXT)
    (name,) = [n for n in graph.names if n.kind == "place"]
    assert name.minted and name.iri
    assert text_of(graph, compact(name.iri.value)).get("bilat:inCountry") == country
    assert findings(graph) == []


def test_the_next_text_of_a_city_means_the_same() -> None:
    known = background()
    reconciler = Reconciler(known_entities(known.engine))
    first = Names(replace(RECORD, place="Ташкент"), reconciler, known).place()
    second = Names(replace(RECORD, place="Tashkent", countries=("TR",)), reconciler, known).place()
    assert first and second and first.iri == second.iri and not second.minted


def test_that_a_program_read_it_can_be_seen() -> None:
    graph = composed(RECORD, TEXT)
    about = text_of(graph, f"graph:{graph.identifier}")
    assert re.fullmatch(r"bilat \d.*", about["bilat:readBy"][0])


@pytest.mark.parametrize(
    ("licence", "predicate"),
    [("https://creativecommons.org/licenses/by/4.0/", "dct:license"), ("All rights", "dct:rights")],
)
def test_a_licence_is_an_address_or_a_phrase(licence: str, predicate: str) -> None:
    graph = composed(RECORD, TEXT, licence=licence)
    assert text_of(graph, f"source:{graph.identifier}")[predicate] == [licence]


def test_a_party_without_a_country_is_left_out_and_said() -> None:
    first = RECORD.instruments[0]
    unknown = Party("World Yoga Body", None, "other", first.parties[0].evidence)
    changed = replace(first, parties=(unknown, first.parties[1]))
    graph = composed(replace(RECORD, instruments=(changed,)), TEXT)
    (name,) = of_class(graph, "bilat:Instrument")
    parties = [text_of(graph, party) for party in text_of(graph, name)["bilat:hasParty"]]
    # of two countries, the side that is not named is the other's
    assert {p["bilat:onBehalfOf"][0]: p.get("bilat:institutionStatus") for p in parties} == {
        "country:SRB": None,
        "country:KAZ": ["status:not-stated"],
    }
    assert [r for r in graph.remarks if "World Yoga Body" in r]
    assert findings(graph) == []


def test_who_signed_signed_for_the_side_of_that_country() -> None:
    first = replace(RECORD.instruments[0], signatories=("Vučić", "Nobody"))
    graph = composed(replace(RECORD, instruments=(first,)), TEXT)
    parties = [text_of(graph, name) for name in of_class(graph, "bilat:Party")]
    assert [p.get("bilat:signatory") for p in parties] == [None, ["person:aleksandar-vucic"]]
    # what is exchanged is not signed by that
    exchange = replace(RECORD, instruments=(first,), event_type="exchange ceremony")
    graph = composed(exchange, TEXT)
    assert not [n for n in of_class(graph, "bilat:Party") if "bilat:signatory" in text_of(graph, n)]


def test_a_russian_record_has_english_labels_and_keeps_its_words() -> None:
    text = "Меморандум о веселье в сфере здравоохранения подписан Министерством веселья."
    words = Evidence(text, 0, len(text))
    body = Evidence("Министерством веселья", 54, 75)
    memorandum = Instrument(
        "Меморандум о веселье в сфере здравоохранения",
        "memorandum of understanding",
        (Party("Министерство веселья", "KZ", "ministry", body), Party("", "RS", "other", words)),
        "здравоохранения",
        words,
    )
    record = Record("ru", "2026-05-09", countries=("KZ", "RS"), instruments=(memorandum,))
    graph = composed(record, text)
    assert findings(graph) == []
    about = text_of(graph, "institution:kaz-ministerstvo-veselya")
    assert about["rdfs:label"] == ["Ministerstvo veselya of Kazakhstan"]
    assert about["bilat:nameStatus"] == ["status:inferred"]
    assert about["skos:altLabel"] == ["Министерство веселья"]
    (name,) = of_class(graph, "bilat:Instrument")
    assert name == "instrument:2026-kaz-srb-mou-health"
    instrument = text_of(graph, name)
    assert instrument["rdfs:label"] == [
        "Memorandum of understanding on health care (Kazakhstan–Serbia, 2026)"
    ]
    assert instrument["bilat:field"] == ["field:health"]
    party = text_of(graph, instrument["bilat:hasParty"][0])
    assert party["bilat:nameAsQuoted"] == ["Министерством веселья"]
    assert '"Министерством веселья"@ru' in graph.trig()


# ---- whatever the record

NASTY = [
    'Ministry of "Quotes" and \\Backslashes\\',
    "<script>alert(1)</script> Agency",
    "Ministry of\tTabs\r and \x00\x01\x1b[31m controls",
    "Министерство культуры Республики Казахстан",
    "Қазақстан Республикасының Үкіметі",
    "وزارة الخارجية",
    "\u202eyrtsiniM\u202c of Reversal",
    "文化和旅游部",
    "\U0001f600 Ministry } . # comment",
    "…",
    "\ufffe\uffff Bank",
    "Ministry of Culture",
    "Prosecutor General’s Office",
    "of the",
    " ",
    "",
]  # fmt: skip
names = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))
codes = st.sampled_from(["KZ", "RS", "TJ", "XX", "", "kz", "DE"])
days = st.sampled_from(["2026-02-27", "2026-02-30", "1999-12-31", "soon", None])


@st.composite
def records(draw: st.DrawFn) -> tuple[str, Record]:
    """A text and a record of it; most quotes stand in the text, some do not."""
    pieces: list[str] = []

    def said(words: str) -> Evidence:
        start = sum(map(len, pieces))
        pieces.append(words + draw(st.sampled_from([" ", "\n", ". signed "])))
        off = draw(st.sampled_from([0, 0, 0, 0, 1, -1, 10**6]))
        return Evidence(words, start + off, start + off + len(words), draw(st.floats(0, 1)))

    def maybe(strategy: st.SearchStrategy[str]) -> str | None:
        return draw(st.none() | strategy)

    def party() -> Party:
        name = draw(names)
        return Party(name, maybe(codes), draw(st.sampled_from(PARTY_KINDS)), said(name))

    def instrument() -> Instrument:
        title = draw(names)
        parties = tuple(party() for _ in range(draw(st.integers(0, 3))))
        field = maybe(names | st.sampled_from(["healthcare", "trade and culture"]))
        type_ = draw(st.sampled_from([*INSTRUMENT_TYPES, "nonsense"]))
        signers = tuple(draw(st.lists(names, max_size=2)))
        about = said(field) if field and draw(st.booleans()) else None
        return Instrument(title, type_, parties, field, said(title), about, signers)

    def person() -> Person:
        name = draw(names | st.sampled_from(["Aleksandar Vučić", "Vučić"]))
        office = maybe(names | st.sampled_from(["President", "Президент", "Foreign Minister"]))
        return Person(name, office, maybe(codes), said(name))

    def award() -> Award:
        name = draw(names | st.just("Altyn Qyran Order"))
        return Award(name, maybe(names | st.just("Vučić")), maybe(codes), said(name))

    instruments = tuple(instrument() for _ in range(draw(st.integers(0, 4))))
    people = tuple(person() for _ in range(draw(st.integers(0, 3))))
    awards = tuple(award() for _ in range(draw(st.integers(0, 2))))
    record = Record(
        language=maybe(st.sampled_from(["en", "ru", "sr-Latn", "EN", "no tag"])),
        published=draw(days),
        date=draw(days),
        place=maybe(names | st.just("Astana")),
        countries=tuple(draw(st.lists(codes, max_size=4))),
        event_type=draw(st.sampled_from([*EVENT_TYPES, "nonsense"])),
        people=people,
        awards=awards,
        instruments=instruments,
        remarks=tuple(draw(st.lists(st.builds(Remark, st.integers(1, 9), names), max_size=2))),
        evidence={key: said(key) for key in draw(st.sets(st.sampled_from(["date", "place"])))},
        source_url=maybe(names | st.just("https://example.org/a")),
    )
    return "".join(pieces) or "x", record


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.too_slow])
@given(records())
def test_every_record_gives_a_graph_that_reads_back(given_: tuple[str, Record]) -> None:
    text, record = given_
    graph = composed(record, text)
    content = graph.trig()
    read = list(ox.parse(content.encode(), format=ox.RdfFormat.TRIG))
    assert read == graph.quads(), "the same quads in the same order"
    assert len(set(read)) == len(read)
    assert {quad.graph_name for quad in read} == {ox.NamedNode(GRAPH + graph.identifier)}
    assert not [c for c in content if c != "\n" and not c.isprintable() and ord(c) < 0xA0]
    cited = {q.object for q in read if q.predicate == iri("bilat:evidence")}
    assert cited == {q.subject for q in read if q.predicate == iri("oa:hasSource")}
    for quad in read:
        if quad.predicate == iri("oa:exact"):
            selector = {q.predicate: q.object.value for q in read if q.subject == quad.subject}
            start, end = int(selector[iri("oa:start")]), int(selector[iri("oa:end")])
            assert text[start:end] == quad.object.value
    assert composed(record, text).trig() == content, "the same record gives the same bytes"


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
@given(records())
def test_no_record_gives_what_the_shapes_refuse(given_: tuple[str, Record]) -> None:
    """But for what the data alone can tell: another holder of a post on the same day."""
    text, record = given_
    found = findings(composed(record, text))
    assert [f for f in found if "tenure-overlap" not in f.shape] == []


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow])
@given(records())
def test_the_files_have_the_form_of_those_written_by_hand(given_: tuple[str, Record]) -> None:
    text, record = given_
    graph = composed(record, text)
    head, body = graph.trig().split("\ngraph:", 1)
    declared = dict(re.findall(r"@prefix ([a-z-]+): <(.*)> \.", head))
    assert declared == {name: PREFIXES[name] for name in declared}
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|<[^>]*>|#.*', "", "graph:" + body)
    assert set(declared) == set(re.findall(r"([a-z-]+):", bare))
    titles = re.findall(r"^# ([A-Z][a-z, ]+)$", body, re.MULTILINE)
    order = ["Source", "Passages", "Events", "Instruments", "Institutions",
             "Persons, posts and tenures", "Places", "Awards"]  # fmt: skip
    assert [t for t in order if t in titles] == [t for t in titles if t in order]
    entity = re.compile(r"https://w3id\.org/bilat/id/[a-z]+/[a-z0-9]+(-[a-z0-9]+)*|.*/country/.*")
    for quad in graph.quads():
        for term in (quad.subject, quad.object):
            if isinstance(term, ox.NamedNode) and term.value.startswith(PREFIXES["person"][:-7]):
                assert entity.fullmatch(term.value), term


# ---- the digests that ship


def record_of(path: Path) -> tuple[str, Record]:
    """The record that a source written by hand would have been read as."""
    alone = background_of(path)
    text = (path.parents[1] / "communiques" / f"{path.stem}.txt").read_bytes().decode()
    everywhere = background()
    alpha2 = {c.iri: c.alpha2 for c in everywhere.countries()}

    def words(node: ox.NamedNode) -> Evidence:
        passage = alone.values(node, "bilat:evidence")[-1]
        (selector,) = alone.values(passage, "oa:hasSelector")
        (start,), (end,) = alone.values(selector, "oa:start"), alone.values(selector, "oa:end")
        at, to = int(start.value), int(end.value)
        return Evidence(text[at:to], at, to)

    def party(node: ox.NamedNode) -> Party:
        (country,) = alone.values(node, "bilat:onBehalfOf")
        bodies = alone.values(node, "bilat:partyInstitution")
        unnamed = alone.values(node, "bilat:institutionStatus")
        name = alone.label(bodies[0]) or "" if bodies else ""  # type: ignore[arg-type]
        kind = "other" if bodies or unnamed else "country"
        return Party(name, alpha2[country], kind, words(node))  # type: ignore[index]

    instruments = []
    for node in alone.subjects("rdf:type", iri("bilat:Instrument")):
        (title,) = alone.values(node, "bilat:titleAsQuoted")
        (type_,) = alone.values(node, "bilat:instrumentType")
        label = (everywhere.label(type_) or "").lower()  # type: ignore[arg-type]
        sides = sorted(
            alone.values(node, "bilat:hasParty"),
            key=lambda p: int(alone.values(p, "bilat:partyOrder")[0].value),
        )
        instruments.append(
            Instrument(
                title.value,
                label if label in INSTRUMENT_TYPES else "other",
                tuple(party(side) for side in sides if isinstance(side, ox.NamedNode)),
                next((f.value for f in alone.values(node, "bilat:fieldAsQuoted")), None),
                words(node),
            )
        )
    issued = alone.values(iri(f"source:{path.stem}"), "dct:issued")
    codes_ = tuple(code.upper() for code in path.stem.split("-")[3:])
    return text, Record(
        language="en",
        published=issued[0].value if issued else None,
        date=None if issued else path.stem[:10],
        countries=codes_,
        instruments=tuple(instruments),
    )


@cache
def background_of(path: Path) -> Background:
    engine = ox.Store()
    engine.extend(read_rdf(path))
    return Background(engine)


def agreed(known: Background) -> set[tuple[str, frozenset[Side]]]:
    """Title and parties of every instrument; a party is a country and its body's label, if any."""
    found = set()
    for node in known.subjects("rdf:type", iri("bilat:Instrument")):
        sides = set()
        for side in known.values(node, "bilat:hasParty"):
            (country,) = known.values(side, "bilat:onBehalfOf")
            bodies = known.values(side, "bilat:partyInstitution")
            label = known.label(bodies[0]) if bodies else None  # type: ignore[arg-type]
            name = background().label(country) or ""  # type: ignore[arg-type]
            # which bodies have a name of their own is a matter of opinion
            label = re.sub(rf" of (the )?{name}$", "", label) if label else None
            unnamed = bool(known.values(side, "bilat:institutionStatus"))
            (order,) = known.values(side, "bilat:partyOrder")
            sides.add((order.value, country.value, label, unnamed))
        (title,) = known.values(node, "bilat:titleAsQuoted")
        found.add((title.value, frozenset(sides)))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_what_a_person_wrote_is_written_again(path: Path) -> None:
    text, record = record_of(path)
    graph = composed(record, text, without=path.stem, settle=apart)
    engine = ox.Store()
    engine.extend(graph.quads())
    assert agreed(Background(engine)) == agreed(background_of(path))
    countries = {v for _, sides in agreed(Background(engine)) for _, v, *_ in sides}
    assert countries == {v for _, sides in agreed(background_of(path)) for _, v, *_ in sides}


# ---- names and identifiers


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Ministry of Health", "ministry-of-health"),
        ("Prosecutor General’s Office", "prosecutor-generals-office"),
        ("Aleksandar Vučić", "aleksandar-vucic"),
        ("Касым-Жомарт Токаев", "kasym-zhomart-tokaev"),
        ("Türkiye İş Bankası", "turkiye-is-bankasi"),
        ("the e-Government", "e-government"),
    ],
)
def test_slugs(text: str, wanted: str) -> None:
    assert slug(text) == wanted


@given(st.text())
def test_every_slug_is_one(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(text))


@given(st.text())
def test_clean_text_is_one_line_that_can_be_printed(text: str) -> None:
    assert "\n" not in clean(text)
    assert clean(clean(text)) == clean(text)
    assert romanised(clean(text)).isprintable() or not clean(text).isprintable()


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (Record(published="2026-02-27", date="2026-02-26", countries=("KZ",)), "2026-02-27-kz"),
        (Record(date="2026-02-26", countries=("RS", "KZ")), "2026-02-26-rs-kz"),
        (Record(countries=("KZ",)), "0000-00-00-kz-3fa94c01"),
        (Record(published="2026-02-27"), "2026-02-27-zz"),
        (Record(published="27.2.2026", countries=("KZ", "KZ")), "0000-00-00-kz-3fa94c01"),
    ],
)  # fmt: skip
def test_the_identifier_of_a_source(record: Record, wanted: str) -> None:
    assert source_id(record, SHA256) == wanted


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://example.org/a?b=c", True),
        ("ftp://example.org/", False),
        ("https://example.org/ a", False),
        ("https://example.org/>x", False),
        ("javascript:alert(1)", False),
        ("https://example.org/\u202e", False),
    ],
)
def test_addresses(text: str, is_one: bool) -> None:
    assert is_address(text) == is_one


def test_more_passages_than_can_be_numbered_are_left_out_with_a_remark() -> None:
    lines = [f"Agreement number {n}" for n in range(1100)]
    text = "\n".join(lines)
    instruments, start = [], 0
    for line in lines:
        words = Evidence(line, start, start + len(line))
        instruments.append(Instrument(line, "agreement", (), None, words))
        start += len(line) + 1
    record = Record(published="2026-05-09", countries=("KZ", "RS"), instruments=tuple(instruments))
    graph = composed(record, text)
    assert 900 < graph.count("bilat:Instrument") < 1000
    assert [r for r in graph.remarks if "passages" in r]
    whole = context() + ntriples(quad.triple for quad in graph.quads())
    assert validate_graph(whole, SHAPES) == []
