"""The vocabularies are sound, mapped as designed, and suggest sensible fields."""

from __future__ import annotations

import csv
import re
from collections import Counter

import pyoxigraph as ox
import pytest

from bilat.namespaces import PREFIXES, SCHEMES
from test_ontology import DATA, ROOT, VOCABULARIES, ask_rows, merged, quads, value, vocabularies

SHARED = ROOT.parent / "shared"

#: Stands in for a published scheme without IRIs of its own; no entity of bilat is coded by it.
STAND_IN = "dac-sector"


def test_there_is_one_file_for_each_scheme() -> None:
    assert {path.stem for path in VOCABULARIES} == {*SCHEMES, STAND_IN}
    for path in VOCABULARIES:
        rows = ask_rows(merged(path), "SELECT ?s { ?s a skos:ConceptScheme ; skos:prefLabel ?l }")
        assert rows == [(f"https://w3id.org/bilat/scheme/{path.stem}",)]


#: What must not be there: a name, the pattern that finds it and a case of it (``test`` is a scheme,
#: ``top``, ``low`` and ``odd`` are concepts).
PROBLEMS = {
    "a concept outside its scheme's namespace": (
        "?c skos:inScheme ?s . FILTER(!STRSTARTS(STR(?c), CONCAT(STR(?s), '/')))",
        "field:x skos:inScheme <test> .",
    ),
    "two schemes": (
        "?c skos:inScheme ?s , ?x . FILTER(?x != ?s)",
        "<test/low> skos:inScheme <x> .",
    ),
    "no scheme": (
        "?c a skos:Concept . FILTER NOT EXISTS { ?c skos:inScheme ?s }",
        "<test/odd> a skos:Concept .",
    ),
    "a scheme that is not described": (
        "?c skos:inScheme ?s . FILTER NOT EXISTS { ?s a skos:ConceptScheme }",
        "<x/odd> skos:inScheme <x> .",
    ),
    "two labels": (
        "?c skos:prefLabel ?l , ?x . FILTER(?x != ?l)",
        "<test/low> skos:prefLabel 'Lower'@en .",
    ),
    "no English label": (
        "?c skos:inScheme ?s . FILTER NOT EXISTS { ?c skos:prefLabel ?l FILTER(LANG(?l) = 'en') }",
        "<test/odd> skos:inScheme <test> ; skos:prefLabel 'Odd' .",
    ),
    "a label not in sentence case": (
        "?c skos:prefLabel ?l . FILTER(!REGEX(?l, '^[A-Z]'))",
        "<test/odd> skos:prefLabel 'odd'@en .",
    ),
    "the label of another": (
        "?c skos:prefLabel ?l ; skos:inScheme ?s . ?x skos:prefLabel ?l ; skos:inScheme ?s . "
        "FILTER(?x != ?c)",
        "<test/odd> skos:inScheme <test> ; skos:prefLabel 'Low'@en .",
    ),
    "the label of another as a further one": (
        "?c skos:altLabel ?a ; skos:inScheme ?s . ?x skos:prefLabel ?l ; skos:inScheme ?s . "
        "FILTER(?x != ?c && LCASE(?a) = LCASE(?l))",
        "<test/top> skos:altLabel 'low'@en .",
    ),
    "a broader concept in another scheme": (
        "?c skos:broader ?b ; skos:inScheme ?s . FILTER NOT EXISTS { ?b skos:inScheme ?s }",
        "<test/low> skos:broader field:health .",
    ),
    "itself above": ("?c skos:broader+ ?c", "<test/top> skos:broader <test/low> ."),
    "two broader concepts": (
        "?c skos:broader ?b , ?x . FILTER(?x != ?b)",
        "<test/low> skos:broader <test/odd> .",
    ),
    "both a place at the top and a broader concept": (
        "?c skos:broader ?b ; skos:topConceptOf ?s",
        "<test/low> skos:topConceptOf <test> .",
    ),
    "no place": (
        "?c a skos:Concept . FILTER NOT EXISTS { ?c skos:broader|skos:topConceptOf ?b }",
        "<test/odd> a skos:Concept .",
    ),
    "a place at the top that the scheme does not know": (
        "?c skos:topConceptOf ?s . FILTER NOT EXISTS { ?s skos:hasTopConcept ?c }",
        "<test/odd> skos:topConceptOf <test> .",
    ),
    "a place at the top that it does not know itself": (
        "?s skos:hasTopConcept ?c . FILTER NOT EXISTS { ?c skos:topConceptOf ?s }",
        "<test> skos:hasTopConcept <test/low> .",
    ),
    "a relation in one direction": (
        "?c skos:related ?x . FILTER NOT EXISTS { ?x skos:related ?c }",
        "<test/low> skos:related <test/top> .",
    ),
    "a match within bilat that is not described": (
        "?c skos:relatedMatch|skos:broadMatch|skos:closeMatch|skos:exactMatch ?x . "
        "FILTER(STRSTARTS(STR(?x), 'https://w3id.org/bilat/')) "
        "FILTER NOT EXISTS { ?x a skos:Concept }",
        "<test/low> skos:relatedMatch field:no-such-field .",
    ),
}
SOUND = """@base <https://w3id.org/bilat/scheme/> .
<test> a skos:ConceptScheme ; skos:hasTopConcept <test/top> .
<test/top> a skos:Concept ; skos:prefLabel "Top"@en ; skos:inScheme <test> ;
    skos:topConceptOf <test> .
<test/low> a skos:Concept ; skos:prefLabel "Low"@en ; skos:inScheme <test> ;
    skos:broader <test/top> .
"""


def concepts_with(problem: str, store: ox.Store) -> list[tuple[str, ...]]:
    return ask_rows(store, f"SELECT DISTINCT ?c WHERE {{ {PROBLEMS[problem][0]} }}")


@pytest.mark.parametrize("problem", PROBLEMS)
def test_no_concept_has(problem: str) -> None:
    assert concepts_with(problem, vocabularies()) == []


@pytest.mark.parametrize("problem", PROBLEMS)
def test_it_is_noticed_that_a_concept_has(problem: str) -> None:
    assert concepts_with(problem, merged(extra=SOUND)) == []
    assert concepts_with(problem, merged(extra=SOUND + PROBLEMS[problem][1])) != []


def test_concepts_used_in_data_are_there() -> None:
    concepts = {c for (c,) in ask_rows(vocabularies(), "SELECT ?c { ?c a skos:Concept }")}
    met = {value(q.object) for q in quads(*DATA)}
    named = {term for term in met if term.startswith("https://w3id.org/bilat/scheme/")}
    assert sorted(named - concepts) == []


def test_stages_have_an_order_in_which_signing_comes_before_force_and_end() -> None:
    rows = ask_rows(
        vocabularies(),
        "SELECT ?c ?n { ?c skos:topConceptOf ?s ; bilat:stageOrder ?n }",
    )
    prefix = PREFIXES["lifecycle-stage"]
    order = {stage.removeprefix(prefix): int(number) for stage, number in rows}
    assert order.keys() == {
        concept.removeprefix(prefix)
        for (concept,) in ask_rows(vocabularies(), "SELECT ?c { ?c a skos:Concept }")
        if concept.startswith(prefix)
    }
    usual = ["announced", "negotiated", "initialled", "signed", "ratified", "entered-into-force"]
    assert [order[stage] for stage in usual] == sorted({order[stage] for stage in usual})
    assert max(order.values()) == order["terminated"] == order["expired"]


# ---- fields: mappings and mandate terms

MATCHES = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")


def mappings() -> list[tuple[str, str, str]]:
    """Slug of the field, kind of match and target of every mapping."""
    kinds = ", ".join(f"skos:{name}" for name in MATCHES)
    rows = ask_rows(
        merged(ROOT / "ontology" / "vocabularies" / "field.ttl"),
        f"SELECT ?c ?p ?o WHERE {{ ?c ?p ?o . FILTER(?p IN ({kinds})) }}",
    )
    return [(c.removeprefix(PREFIXES["field"]), p.rpartition("#")[2], o) for c, p, o in rows]


def scheme_of(target: str) -> str:
    """The part of a concept's IRI before its own code."""
    return target.rpartition("/")[0]


def test_a_field_has_at_most_one_exact_match_in_a_scheme() -> None:
    exact = Counter((slug, scheme_of(o)) for slug, kind, o in mappings() if kind == "exactMatch")
    assert len(exact) > 10
    assert [pair for pair, count in exact.items() if count > 1] == []


def test_all_mappings_of_the_design_are_there() -> None:
    table = SHARED / "design" / "prototype" / "fields.csv"
    if not table.exists():
        pytest.skip("the table of fields is not beside this checkout")
    code, sector = "(code) DAC ", f"https://w3id.org/bilat/scheme/{STAND_IN}/"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = [
        (row["slug"], row["mapping"].partition(":")[2], row["target_iri"].replace(code, sector))
        for row in rows
    ]
    assert len(expected) == 190
    assert sorted(mappings()) == sorted(expected)
    fields = ask_rows(
        vocabularies(),
        f"""SELECT ?c ?l (COALESCE(STR(?b), "") AS ?parent) {{ ?c skos:prefLabel ?l .
        FILTER(STRSTARTS(STR(?c), "{PREFIXES["field"]}")) OPTIONAL {{ ?c skos:broader ?b }} }}""",
    )
    assert {tuple(cell.removeprefix(PREFIXES["field"]) for cell in row) for row in fields} == {
        (row["slug"], row["label_en"], row["parent"]) for row in rows
    }


def test_mandate_terms_are_plain_lower_case_phrases_of_one_field() -> None:
    rows = ask_rows(vocabularies(), "SELECT ?t ?c { ?c bilat:mandateTerm ?t }")
    terms = Counter(term for term, _ in rows)
    assert [term for term, count in terms.items() if count > 1] == []
    assert [term for term in terms if not re.fullmatch(r"[a-z]+([ -][a-z]+)*", term)] == []
    fields = "SELECT ?c { ?c skos:inScheme <https://w3id.org/bilat/scheme/field> }"
    assert {c for _, c in rows} == {c for (c,) in ask_rows(vocabularies(), fields)}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("Ministry of Justice of Kazakhstan", "justice-and-law-enforcement"),
        ("Prosecutor General's Office of Serbia", "prosecution"),
        ("Kazakh Invest", "investment"),
        ("Investigative Committee of Russia", ""),
        ("Ministry of Transport of Mongolia", "transport"),
        ("Ministry of Information of Serbia", ""),
        ("Ministry of Culture and Information of Kazakhstan", "culture media"),
        ("Committee for Physical Culture and Sports of Tajikistan", "sport"),
        ("Ministry of Emergency Situations and Civil Defence", "emergency-management"),
        ("Ministry of Artificial Intelligence and Digital Development of Kazakhstan",
         "artificial-intelligence digitalisation"),
        ("Diplomatic Academy of Kazakhstan", "diplomacy"),
        ("Committee of Tourism and Sports Industry", "sport tourism"),
        ("Government of Serbia", ""),
    ],
)  # fmt: skip
def test_mandate_terms_suggest_sensible_fields(name: str, fields: str) -> None:
    facts = f"""instrument:x bilat:fieldStatus status:not-stated ; bilat:hasParty party:x .
        party:x bilat:partyInstitution institution:x . institution:x rdfs:label "{name}"@en ."""
    store = merged(*VOCABULARIES, extra=facts)
    rule = (ROOT / "queries" / "rules" / "inferred-field.rq").read_text(encoding="utf-8")
    guesses = store.query(rule)
    assert isinstance(guesses, ox.QueryTriples)
    found = {value(triple.object).removeprefix(PREFIXES["field"]) for triple in guesses}
    assert found == set(fields.split())
