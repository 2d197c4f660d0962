"""Every fact of the first source, the exchange of ten memoranda of 2026, asserted one by one."""

from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from bilat.namespaces import compact, sparql_prologue

ROOT = Path(__file__).parents[1]
SEED = "2026-02-27-kz-rs"
EXCHANGE = "event:2026-02-kaz-srb-exchange-ceremony"
TALKS = "event:2026-02-kaz-srb-extended-talks"
CONFERRAL = "conferral:altyn-qyran-aleksandar-vucic"
TOKAYEV, VUCIC = "person:kassym-jomart-tokayev", "person:aleksandar-vucic"
AI_MINISTRY = "kaz-ministry-of-artificial-intelligence-and-digital-development"
CULTURE = ("kaz-ministry-of-culture-and-information", "srb-ministry-of-culture")

#: Per memorandum, in order: slug, type, its two institutions, its fields, the words for them.
MEMORANDA: list[tuple[str, str, tuple[str, str], set[str], str]] = [
    (
        "moc-healthcare", "memorandum-of-cooperation",
        ("kaz-ministry-of-health", "srb-ministry-of-health"), {"health"}, "healthcare",
    ),
    (
        "mpc-prosecution-justice", "memorandum-of-partnership-and-cooperation",
        ("kaz-prosecutor-generals-office", "srb-ministry-of-justice"), set(), "",
    ),
    (
        "mou-ai-telecom", "memorandum-of-understanding",
        (AI_MINISTRY, "srb-ministry-of-information-and-telecommunications"), set(), "",
    ),
    (
        "mou-digitalization-egov", "memorandum-of-understanding",
        (AI_MINISTRY, "srb-office-for-information-technologies-and-e-government"),
        {"digitalisation", "e-government"}, "digitalization and the development of e-Government",
    ),
    (
        "mou-veterinary-medicine", "memorandum-of-understanding",
        (
            "kaz-ministry-of-agriculture",
            "srb-ministry-of-agriculture-forestry-and-water-management",
        ),
        {"veterinary-medicine"}, "veterinary medicine",
    ),
    (
        "mmu-science", "memorandum-of-mutual-understanding",
        (
            "kaz-ministry-of-science-and-higher-education",
            "srb-ministry-of-science-technological-development-and-innovation",
        ),
        set(), "",
    ),
    (
        "mmu-cinematography", "memorandum-of-mutual-understanding", CULTURE,
        {"cinematography"}, "cinematography",
    ),
    (
        "mmu-intangible-heritage", "memorandum-of-mutual-understanding", CULTURE,
        {"intangible-cultural-heritage"}, "protection of intangible cultural heritage",
    ),
    (
        "mmu-investment-agencies", "memorandum-of-mutual-understanding",
        ("kaz-kazakh-invest", "srb-development-agency"), set(), "",
    ),
    (
        "moc-public-administration-academies", "memorandum-of-cooperation",
        ("kaz-academy-of-public-administration", "srb-diplomatic-academy"), set(), "",
    ),
]  # fmt: skip

TITLES = [
    "Memorandum of cooperation in the field of healthcare between the Health Ministries of"
    " Kazakhstan and Serbia",
    "Memorandum of partnership and cooperation between the Prosecutor General’s Office of"
    " Kazakhstan and the Ministry of Justice of Serbia",
    "Memorandum of understanding between the Ministry of Artificial Intelligence and Digital"
    " Development of Kazakhstan and the Ministry of Information and Telecommunications of Serbia",
    "Memorandum of understanding on cooperation in the field of digitalization and the development"
    " of e-Government between the Ministry of Artificial Intelligence and Digital Development of"
    " Kazakhstan and the Office for Information Technologies and e-Government of Serbia",
    "Memorandum of understanding on cooperation in the field of veterinary medicine between the"
    " Ministry of Agriculture of Kazakhstan and the Ministry of Agriculture, Forestry and Water"
    " Management of Serbia",
    "Memorandum of mutual understanding between the Ministry of Science and Higher Education of"
    " Kazakhstan and the Ministry of Science, Technological Development and Innovation of Serbia",
    "Memorandum of mutual understanding on cooperation in the field of cinematography between the"
    " Ministry of Culture and Information of Kazakhstan and the Ministry of Culture of Serbia",
    "Memorandum of mutual understanding on cooperation in the field of protection of intangible"
    " cultural heritage between the Ministry of Culture and Information of Kazakhstan and the"
    " Ministry of Culture of Serbia",
    "Memorandum of mutual understanding between the Kazakh Invest national company and the"
    " Development Agency of Serbia",
    "Memorandum of cooperation between the Academy of Public Administration under the President of"
    " Kazakhstan and the Diplomatic Academy of Serbia",
]

KINDS = {
    "kaz-ministry-of-health": "ministry",
    "srb-ministry-of-health": "ministry",
    "kaz-prosecutor-generals-office": "prosecution-office",
    "srb-ministry-of-justice": "ministry",
    AI_MINISTRY: "ministry",
    "srb-ministry-of-information-and-telecommunications": "ministry",
    "srb-office-for-information-technologies-and-e-government": "government-office",
    "kaz-ministry-of-agriculture": "ministry",
    "srb-ministry-of-agriculture-forestry-and-water-management": "ministry",
    "kaz-ministry-of-science-and-higher-education": "ministry",
    "srb-ministry-of-science-technological-development-and-innovation": "ministry",
    "kaz-ministry-of-culture-and-information": "ministry",
    "srb-ministry-of-culture": "ministry",
    "kaz-kazakh-invest": "state-owned-company",
    "srb-development-agency": "agency",
    "kaz-academy-of-public-administration": "academy",
    "srb-diplomatic-academy": "academy",
}


def instrument(slug: str) -> str:
    """The IRI of a memorandum by the end of its slug."""
    return f"instrument:2026-kaz-srb-{slug}"


@cache
def store() -> ox.Store:
    """The seed, the reference data and the vocabularies, merged in the default graph."""
    files = [ROOT / "data" / "sources" / f"{SEED}.trig"]
    for folder in ("data/reference", "ontology", "ontology/vocabularies"):
        files += sorted((ROOT / folder).glob("*.ttl"))
    merged = ox.Store()
    for path in files:
        quads = ox.parse(path.read_bytes(), format=ox.RdfFormat.from_extension(path.suffix[1:]))
        merged.extend(ox.Quad(q.subject, q.predicate, q.object) for q in quads)
    return merged


def value(term: object) -> str:
    """A literal's text or an IRI by its prefix; empty where unbound."""
    if isinstance(term, ox.NamedNode):
        return compact(term.value)
    return term.value if isinstance(term, ox.Literal) else ""


def select(variables: str, where: str) -> list[tuple[str, ...]]:
    """The distinct rows of a pattern over the merged graph, sorted."""
    found = store().query(f"{sparql_prologue()} SELECT DISTINCT {variables} {{ {where} }}")
    assert isinstance(found, ox.QuerySolutions)
    return sorted(tuple(value(row[v]) for v in found.variables) for row in found)


def values(subject: str, path: str) -> set[str]:
    """What a property path leads to from a subject."""
    return {row[0] for row in select("?value", f"{subject} {path} ?value")}


def test_the_publication_date_is_the_header_s() -> None:
    assert values(f"source:{SEED}", "dct:issued") == {"2026-02-27"}
    assert values(f"source:{SEED}", "bilat:evidence/oa:hasSelector/oa:exact") == {
        "Published: 2026-02-27"
    }
    assert values(f"source:{SEED}", "bilat:publisherStatus") == {"status:not-stated"}
    assert values(f"source:{SEED}", "bilat:sourceUrl") == set()


@pytest.mark.parametrize(
    ("person", "name", "post", "label", "country", "item"),
    [
        (TOKAYEV, "Kassym-Jomart Tokayev", "post:kaz-president", "President of Kazakhstan",
         "country:KAZ", ("wd:Q200881", "wd:Q5256775")),
        (VUCIC, "Aleksandar Vučić", "post:srb-president", "President of Serbia",
         "country:SRB", ("wd:Q222031", "wd:Q889830")),
    ],
)  # fmt: skip
def test_two_presidents(
    person: str, name: str, post: str, label: str, country: str, item: tuple[str, str]
) -> None:
    assert name in values(person, "rdfs:label")
    assert values(person, "bilat:associatedCountry") == {country}
    assert values(person, "schema:sameAs") == {item[0]}
    assert label in values(post, "rdfs:label")
    assert values(post, "schema:sameAs") == {item[1]}
    assert values(post, "bilat:postOfCountry") == {country}
    assert values(post, "bilat:postKind") == {"role:head-of-state"}
    assert values(post, "bilat:singleHolder") == {"true"}
    tenure = f"tenure:{post.split(':')[1]}-{person.split(':')[1]}"
    assert values(tenure, "org:member") == {person}
    assert values(tenure, "bilat:tenureOf") == {post}
    assert values(tenure, "bilat:attestedOn") == {"2026-02-27"}
    assert values(tenure, "bilat:startDate|bilat:endDate") == set()


def test_documents_were_exchanged_and_nothing_says_signed() -> None:
    assert values(EXCHANGE, "bilat:eventType") == {"event-type:document-exchange-ceremony"}
    assert {"bilat:Event", "bilat:Ceremony", "bilat:LifecycleEvent"} <= values(EXCHANGE, "a")
    assert values(EXCHANGE, "bilat:stage") == {"lifecycle-stage:exchanged"}
    assert values(EXCHANGE, "bilat:country") == {"country:KAZ", "country:SRB"}
    assert select("?event ?stage", "?event bilat:stage ?stage") == [
        (EXCHANGE, "lifecycle-stage:exchanged")
    ]


def test_the_ceremony_concerns_the_ten_memoranda_in_order() -> None:
    rows = select("?memo ?n", f"{EXCHANGE} bilat:concerns ?memo . ?memo bilat:listPosition ?n")
    ordered = [memo for memo, n in sorted(rows, key=lambda row: int(row[1]))]
    assert ordered == [instrument(slug) for slug, *_ in MEMORANDA]
    assert sorted(int(n) for _, n in rows) == list(range(1, 11))
    assert len(select("?memo", "?memo a bilat:Instrument")) == 10


@pytest.mark.parametrize("event", [EXCHANGE, TALKS, CONFERRAL])
def test_no_event_has_a_day_only_the_bound_of_the_publication(event: str) -> None:
    assert values(event, "bilat:onDate|bilat:notBefore") == set()
    assert values(event, "bilat:notAfter") == {"2026-02-27"}


def test_both_attended_the_exchange_without_a_stated_office() -> None:
    assert values(EXCHANGE, "bilat:hasParticipation/bilat:participant") == {TOKAYEV, VUCIC}
    assert values(EXCHANGE, "bilat:hasParticipation/bilat:participationRole") == {"role:attendee"}
    assert values(EXCHANGE, "bilat:hasParticipation/bilat:inCapacityOf") == set()


@pytest.mark.parametrize("position", range(1, 11))
def test_memorandum(position: int) -> None:
    slug, kind, institutions, fields, words = MEMORANDA[position - 1]
    memo = instrument(slug)
    assert values(memo, "bilat:listPosition") == {str(position)}
    assert values(memo, "bilat:titleAsQuoted") == {TITLES[position - 1]}
    assert values(memo, "bilat:instrumentType") == {f"instrument-type:{kind}"}
    assert values(memo, "bilat:level") == {"level:interdepartmental"}
    assert values(memo, "bilat:field") == {f"field:{field}" for field in fields}
    assert values(memo, "bilat:fieldStatus") == (set() if fields else {"status:not-stated"})
    assert values(memo, "bilat:fieldAsQuoted") == ({words} if words else set())
    assert values(memo, "bilat:inferredField|bilat:bindingness") == set()
    parties = select(
        "?n ?i ?c",
        f"{memo} bilat:hasParty [ bilat:partyOrder ?n ; bilat:partyInstitution ?i ;"
        " bilat:onBehalfOf ?c ] . ?i bilat:country ?c",
    )
    assert parties == [
        ("1", f"institution:{institutions[0]}", "country:KAZ"),
        ("2", f"institution:{institutions[1]}", "country:SRB"),
    ]
    quoted = values(memo, "bilat:evidence/oa:hasSelector/oa:exact")
    assert f"{position}. {TITLES[position - 1]}" in quoted


@pytest.mark.parametrize(("slug", "kind"), KINDS.items())
def test_kind_of_institution(slug: str, kind: str) -> None:
    assert values(f"institution:{slug}", "bilat:institutionKind") == {f"institution-kind:{kind}"}


def test_seventeen_institutions_are_parties() -> None:
    found = {row[0] for row in select("?i", "?i ^bilat:partyInstitution/a bilat:Party")}
    assert found == {f"institution:{slug}" for slug in KINDS}


def test_two_memoranda_join_the_same_two_ministries() -> None:
    kazakh, serbian = CULTURE
    rows = select(
        "?memo",
        f"?memo bilat:hasParty/bilat:partyInstitution institution:{kazakh} ;"
        f" bilat:hasParty/bilat:partyInstitution institution:{serbian}",
    )
    assert rows == [(instrument("mmu-cinematography"),), (instrument("mmu-intangible-heritage"),)]


def test_the_health_ministries_are_two_with_inferred_names() -> None:
    ministry = "bilat:institutionKind institution-kind:ministry"
    rows = select("?i", f"?i bilat:nameStatus status:inferred ; {ministry}")
    assert rows == [
        ("institution:kaz-ministry-of-health",),
        ("institution:srb-ministry-of-health",),
    ]
    together = "Health Ministries of Kazakhstan and Serbia"
    assert values(instrument("moc-healthcare"), "bilat:hasParty/bilat:nameAsQuoted") == {together}


def test_one_academy_is_under_the_post_of_the_president() -> None:
    academy = "institution:kaz-academy-of-public-administration"
    assert select("?i ?over", "?i bilat:underAuthorityOf ?over") == [
        (academy, "post:kaz-president")
    ]
    assert "Academy of Public Administration under the President of Kazakhstan" in values(
        academy, "rdfs:label"
    )
    assert "Diplomatic Academy of Serbia" in values(
        "institution:srb-diplomatic-academy", "rdfs:label"
    )


def test_four_photographs_are_credited_to_akorda() -> None:
    credit = "bilat:creditAsQuoted ?words ; bilat:creditTo ?who"
    rows = select("?photo ?words ?who", f"?photo a bilat:MediaItem ; {credit}")
    assert rows == [
        (f"media:{SEED}-photo-{n}", "Akorda", "institution:kaz-akorda-press-service")
        for n in (1, 2, 3, 4)
    ]
    where = "?photo a bilat:MediaItem ; bilat:evidence/bilat:line ?line"
    assert len(select("?line", where)) == 4
    assert values(f"media:{SEED}-photo-1", "dct:isPartOf") == {f"source:{SEED}"}


def test_akorda_the_press_service_is_not_akorda_the_palace() -> None:
    press, palace = "institution:kaz-akorda-press-service", "place:akorda-presidential-palace"
    assert values(press, "bilat:institutionKind") == {"institution-kind:press-service"}
    assert "bilat:Place" not in values(press, "a")
    assert "bilat:Institution" not in values(palace, "a")
    assert values(palace, "bilat:placeKind") == {"place-kind:presidential-palace"}


def test_extended_talks_in_the_palace_in_astana() -> None:
    assert values(TALKS, "bilat:eventType") == {"event-type:extended-talks"}
    assert {"bilat:Event", "bilat:Meeting"} <= values(TALKS, "a")
    assert values(TALKS, "bilat:level") == {"level:high-level"}
    assert values(TALKS, "bilat:country") == {"country:KAZ", "country:SRB"}
    assert values(TALKS, "bilat:place") == {"place:akorda-presidential-palace"}
    assert values("place:akorda-presidential-palace", "bilat:within") == {"place:astana"}
    assert values("place:astana", "bilat:placeKind") == {"place-kind:city"}
    assert values("place:astana", "schema:sameAs") == {"wd:Q1520"}
    assert values(TALKS, "bilat:place/bilat:within+/bilat:territoryOf") == {"country:KAZ"}


def test_the_talks_were_between_the_two_presidents() -> None:
    rows = select(
        "?who ?post",
        f"{TALKS} bilat:hasParticipation [ bilat:participant ?who ; bilat:inCapacityOf ?post ;"
        " bilat:participationRole role:principal ]",
    )
    assert rows == [(VUCIC, "post:srb-president"), (TOKAYEV, "post:kaz-president")]


def test_three_topics_were_planned_and_none_is_reported() -> None:
    assert values(TALKS, "bilat:plannedTopic") == {
        "topic:political-dialogue",
        "topic:trade-and-economic-ties",
        "topic:cultural-humanitarian-cooperation",
    }
    assert select("?event", "?event bilat:topic ?topic") == []


def test_qazinform_reported_the_talks_earlier_and_was_misspelt_once() -> None:
    agency = "institution:kaz-qazinform"
    assert values(TALKS, "bilat:reportedBy") == {agency}
    assert values(TALKS, "bilat:reportedEarlierThan") == {f"source:{SEED}"}
    assert values(agency, "bilat:institutionKind") == {"institution-kind:news-agency"}
    assert "Qazinform" in values(agency, "rdfs:label")
    assert values(agency, "skos:hiddenLabel") == {"Qaziform"}


def test_the_award() -> None:
    assert {"bilat:Event", "bilat:AwardConferral"} <= values(CONFERRAL, "a")
    assert values(CONFERRAL, "bilat:eventType") == {"event-type:award-conferral"}
    assert values(CONFERRAL, "bilat:award") == {"award:altyn-qyran"}
    assert "Altyn Qyran Order" in values("award:altyn-qyran", "rdfs:label")
    assert values(CONFERRAL, "bilat:recipient") == {VUCIC}
    assert values(CONFERRAL, "bilat:reasonAsQuoted") == {"for his contributions to bilateral ties"}


def test_who_conferred_and_who_reported_the_award_is_said_to_be_unstated() -> None:
    assert values(CONFERRAL, "bilat:conferrerStatus") == {"status:not-stated"}
    assert values(CONFERRAL, "bilat:reportedByStatus") == {"status:not-stated"}
    assert values(CONFERRAL, "bilat:conferrer|bilat:conferrerCapacity|bilat:reportedBy") == set()
    assert values("award:altyn-qyran", "bilat:awardOfCountry") == set()


def test_further_material_is_cited_but_not_held() -> None:
    cited = "source:qazinform-prospects-kaz-srb"
    assert values(f"source:{SEED}", "dct:references") == {cited}
    assert values(cited, "bilat:retrievalStatus") == {"status:not-retrieved"}
    assert values(cited, "bilat:authorAffiliation") == {"institution:kaz-qazinform"}
    assert values(cited, "dct:subject") == {"relation:KAZ-SRB"}
    assert values(cited, "bilat:sha256|dct:issued") == set()


def test_only_checked_items_of_wikidata_are_linked() -> None:
    checked = {"wd:Q1520", "wd:Q200881", "wd:Q222031", "wd:Q5256775", "wd:Q889830"}
    where = "?thing schema:sameAs ?item FILTER NOT EXISTS { ?thing a bilat:Country }"
    linked = {row[0] for row in select("?item", where)}
    assert checked <= linked <= checked | {"wd:Q3711"}
