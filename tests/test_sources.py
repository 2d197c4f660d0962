"""The source files: what each states is found again, word for word, in its digest."""

import hashlib
import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from bilat.namespaces import ENTITIES, GRAPH, PREFIXES, compact

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "data" / "sources").glob("*.trig"))
CASES = ROOT.parent / "shared" / "communiques"
SEED = "2026-02-27-kz-rs"

#: Classes whose instances must say which passage states them.
EVIDENCED = {
    "bilat:Event", "bilat:Institution", "bilat:Instrument", "bilat:MediaItem",
    "bilat:Participation", "bilat:Party", "bilat:Person", "bilat:Tenure",
}  # fmt: skip

#: Properties whose value is copied from the digest.
QUOTED = {
    "bilat:creditAsQuoted", "bilat:dateAsQuoted", "bilat:fieldAsQuoted", "bilat:nameAsQuoted",
    "bilat:reasonAsQuoted", "bilat:titleAsQuoted",
}  # fmt: skip

#: Properties of which an entity has one value, whichever sources speak of it.
FUNCTIONAL = {
    "bilat:awardOfCountry", "bilat:inCountry", "bilat:institutionKind", "bilat:nameStatus",
    "bilat:placeKind", "bilat:postKind", "bilat:postOfCountry", "bilat:within", "rdfs:label",
    "schema:sameAs",
}  # fmt: skip

WORDS = r"[a-z0-9]+(?:-[a-z0-9]+)*"
SOURCE_ID = r"\d{4}-\d\d-\d\d(?:-[a-z]{2})+"
SLUGS = {
    **dict.fromkeys(ENTITIES, WORDS),
    "country": r"[A-Z]{3}",
    "event": rf"\d{{4}}-\d\d(?:-\d\d)?-{WORDS}",
    "institution": rf"[a-z]{{3}}-{WORDS}",
    "instrument": rf"\d{{4}}(?:-[a-z]{{3}})+-{WORDS}",
    "media": rf"{SOURCE_ID}-photo-\d+",
    "party": rf"\d{{4}}(?:-[a-z]{{3}})+-{WORDS}-\d+",
    "passage": rf"{SOURCE_ID}-\d\d(?:-selector)?",
    "post": rf"[a-z]{{3}}-{WORDS}",
    "relation": r"[A-Z]{3}-[A-Z]{3}",
}

Facts = dict[str, dict[str, list[str]]]


@cache
def quads(path: Path) -> tuple[ox.Quad, ...]:
    """The quads of a source file, in file order."""
    return tuple(ox.parse(path.read_bytes(), format=ox.RdfFormat.TRIG))


def text_of(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    """A literal's text, or an IRI by its prefix."""
    assert isinstance(term, (ox.NamedNode, ox.Literal)), f"neither IRI nor literal: {term}"
    return term.value if isinstance(term, ox.Literal) else compact(term.value)


@cache
def facts(path: Path) -> Facts:
    """Subject → property → values of a source file."""
    found: Facts = defaultdict(lambda: defaultdict(list))
    for quad in quads(path):
        assert isinstance(quad.predicate, ox.NamedNode)
        found[text_of(quad.subject)][compact(quad.predicate.value)].append(text_of(quad.object))
    return found


def of_class(path: Path, name: str) -> Facts:
    """The subjects of one class with their facts."""
    return {s: f for s, f in facts(path).items() if name in f.get("rdf:type", [])}


def digest(path: Path) -> str:
    """The digest of a source file."""
    file = ROOT / "data" / "communiques" / f"{path.stem}.txt"
    return file.read_bytes().decode("utf-8")  # no newline is translated: offsets count them


def spans(path: Path) -> dict[str, tuple[int, int, str]]:
    """Passage → start, end, quote."""
    known = facts(path)
    found = {}
    for name, passage in of_class(path, "bilat:Passage").items():
        (selector,) = (known[s] for s in passage["oa:hasSelector"])
        (start,), (end,), (exact,) = selector["oa:start"], selector["oa:end"], selector["oa:exact"]
        found[name] = int(start), int(end), exact
    return found


def slug(iri: str) -> str:
    """What follows the prefix."""
    return iri.split(":", 1)[1]


each_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)


def test_each_source_has_a_digest_and_each_digest_a_source() -> None:
    digests = sorted(path.stem for path in (ROOT / "data" / "communiques").glob("*.txt"))
    assert digests == [path.stem for path in SOURCES]
    assert SEED in digests


@each_source
def test_all_quads_are_in_the_graph_of_the_source(path: Path) -> None:
    assert {quad.graph_name for quad in quads(path)} == {ox.NamedNode(GRAPH + path.stem)}


@each_source
def test_the_source_describes_its_digest(path: Path) -> None:
    text = digest(path)
    about = facts(path)[f"source:{path.stem}"]
    assert about["rdf:type"] == ["bilat:SourceDocument"]
    assert about["dct:identifier"] == [path.stem]
    assert about["bilat:sha256"] == [hashlib.sha256(text.encode()).hexdigest()]
    assert about["bilat:characterCount"] == [str(len(text))]
    graph = facts(path)[f"graph:{path.stem}"]
    assert graph["prov:wasDerivedFrom"] == [f"source:{path.stem}"]


@each_source
def test_every_passage_is_found_again(path: Path) -> None:
    text = digest(path)
    passages = of_class(path, "bilat:Passage")
    assert passages
    for name, (start, end, exact) in spans(path).items():
        assert text[start:end] == exact, name
        assert passages[name]["bilat:line"] == [str(text.count("\n", 0, start) + 1)], name
        assert passages[name]["oa:hasSource"] == [f"source:{path.stem}"], name


@each_source
def test_passages_are_numbered_in_the_order_of_the_text(path: Path) -> None:
    by_place = sorted(spans(path), key=lambda name: (spans(path)[name][0], -spans(path)[name][1]))
    assert by_place == [f"passage:{path.stem}-{n:02d}" for n in range(1, len(by_place) + 1)]


@each_source
def test_everything_stated_has_evidence(path: Path) -> None:
    passages = of_class(path, "bilat:Passage")
    for subject, about in facts(path).items():
        if EVIDENCED & set(about.get("rdf:type", [])):
            assert about.get("bilat:evidence"), f"{subject} has no evidence"
        assert set(about.get("bilat:evidence", [])) <= set(passages), subject


@each_source
def test_every_line_of_the_digest_is_evidence_of_something(path: Path) -> None:
    text = digest(path)
    cited = {p for about in facts(path).values() for p in about.get("bilat:evidence", [])}
    assert cited == set(spans(path)), "a passage that states nothing"
    for line in re.finditer(r"\S.*", text):
        assert any(
            start < line.end() and line.start() < end for start, end, _ in spans(path).values()
        ), f"no passage quotes {line.group()!r}"


@each_source
def test_quoted_words_are_words_of_the_digest(path: Path) -> None:
    for subject, about in facts(path).items():
        for name in QUOTED & set(about):
            for words in about[name]:
                assert words in digest(path), f"{subject} {name}"


@each_source
def test_every_iri_follows_its_pattern(path: Path) -> None:
    iris = {t.value for q in quads(path) for t in q if isinstance(t, ox.NamedNode)}
    for iri in sorted(iris):
        kind, _, name = compact(iri).partition(":")
        if kind in SLUGS:
            assert re.fullmatch(SLUGS[kind], name), iri
        else:
            assert not iri.startswith(PREFIXES["graph"].removesuffix("graph/") + "id/"), iri


@each_source
def test_derived_slugs_follow_from_what_they_name(path: Path) -> None:
    for name, about in of_class(path, "bilat:Tenure").items():
        (post,), (person,) = about["bilat:tenureOf"], about["org:member"]
        assert slug(name) == f"{slug(post)}-{slug(person)}"
    for name, about in of_class(path, "bilat:Event").items():
        for part in about.get("bilat:hasParticipation", []):
            (who,) = facts(path)[part]["bilat:participant"]
            assert slug(part) == f"{slug(name)}-{slug(who).lower()}"
    for name, about in of_class(path, "bilat:AwardConferral").items():
        (award,) = about["bilat:award"]
        assert slug(name) in {f"{slug(award)}-{slug(r)}" for r in about["bilat:recipient"]}
    for name, about in of_class(path, "bilat:Institution").items():
        codes = [slug(country).lower() for country in about.get("bilat:country", [])]
        assert all(slug(name).startswith(f"{code}-") for code in codes), name


@each_source
def test_instrument_slugs_name_the_countries_of_the_parties(path: Path) -> None:
    known = facts(path)
    for name, about in of_class(path, "bilat:Instrument").items():
        parties = about.get("bilat:hasParty", [])
        assert bool(parties) != bool(about.get("bilat:partyStatus")), name
        for party in parties:
            assert party == f"party:{slug(name)}-{known[party]['bilat:partyOrder'][0]}"
        countries = {slug(c).lower() for p in parties for c in known[p]["bilat:onBehalfOf"]}
        year, rest = slug(name).split("-", 1)
        assert year.isdigit()
        assert rest.startswith("-".join(sorted(countries))), name


@each_source
def test_no_blank_nodes_and_two_readers_agree(path: Path) -> None:
    terms = {term for quad in quads(path) for term in quad}
    assert not [term for term in terms if isinstance(term, ox.BlankNode)]
    dataset = rdflib.Dataset()
    dataset.parse(path, format="trig")
    assert len(set(dataset.quads())) == len(set(quads(path))) == len(quads(path))


@each_source
def test_the_prefix_block_has_what_is_used_and_no_more(path: Path) -> None:
    head, body = path.read_text(encoding="utf-8").split("\ngraph:", 1)
    declared = dict(re.findall(r"@prefix ([a-z-]+): <(.*)> \.", head))
    assert declared == {name: PREFIXES[name] for name in declared}
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|<[^>]*>|#.*', "", "graph:" + body)
    assert set(declared) == set(re.findall(r"([a-z-]+):", bare))


def test_sources_agree_on_what_they_share() -> None:
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path in SOURCES:
        for subject, about in facts(path).items():
            for name in FUNCTIONAL & set(about):
                values[subject, name] |= set(about[name])
        for subject, about in of_class(path, "bilat:Institution").items():
            values[subject, "bilat:country"] |= set(about.get("bilat:country", []))
    assert {key: found for key, found in values.items() if len(found) > 1} == {}


def test_one_label_names_one_institution() -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for path in SOURCES:
        for subject, about in of_class(path, "bilat:Institution").items():
            named[about["rdfs:label"][0]].add(subject)
    assert {label: found for label, found in named.items() if len(found) > 1} == {}


def test_twenty_countries_are_party_to_something() -> None:
    parties = (about for path in SOURCES for about in of_class(path, "bilat:Party").values())
    assert len({country for about in parties for country in about["bilat:onBehalfOf"]}) >= 20


def original(path: Path) -> str:
    """The text that a digest was made from; skips where the shared data is absent."""
    if not CASES.is_dir():
        pytest.skip(f"the communiqués to compare with are not at {CASES}")
    if path.stem == SEED:
        (text,) = (CASES / "seed").glob("*.txt")
        return text.read_text(encoding="utf-8")
    (url,) = facts(path)[f"source:{path.stem}"]["bilat:sourceUrl"]
    for case in sorted((CASES / "dev").glob("*.json")):
        if json.loads(case.read_text(encoding="utf-8"))["source_url"] == url:
            return case.with_suffix(".txt").read_text(encoding="utf-8")
    pytest.skip(f"no communiqué of {url} to compare with")


def runs(text: str, length: int = 12) -> set[tuple[str, ...]]:
    """Every run of that many words; a NUL breaks a run."""
    return {
        tuple(words[i : i + length])
        for part in text.split("\0")
        for words in [re.findall(r"\w+", part.lower())]
        for i in range(len(words) - length + 1)
    }


def names_and_titles(path: Path) -> list[str]:
    """What may stand in a digest as it was published: quoted words and names, longest first."""
    labels = {
        label
        for kind in ("Institution", "Person", "Post")
        for about in of_class(path, f"bilat:{kind}").values()
        for label in about["rdfs:label"] + about.get("skos:altLabel", [])
    }
    short = {label.rsplit(" of ", 1)[0] for label in labels if label.count(" of ") > 1}
    about = facts(path).values()
    quoted = {words for a in about for name in QUOTED & set(a) for words in a[name]}
    return sorted(labels | short | quoted, key=lambda words: (-len(words), words))


@each_source
def test_the_digest_is_in_our_own_words(path: Path) -> None:
    own = digest(path)
    for words in names_and_titles(path):
        own = own.replace(words, "\0")
    assert runs(own) & runs(original(path)) == set()


def table_row(path: Path) -> str:
    """The row of a source in the table of data/README.md."""
    about = facts(path)[f"source:{path.stem}"]
    parties = of_class(path, "bilat:Party").values()
    events = of_class(path, "bilat:Event").values()
    countries = {c for p in parties for c in p["bilat:onBehalfOf"]}
    countries |= {c for e in events for c in e.get("bilat:country", [])}
    cells = [
        f"`{path.stem}`",
        about["rdfs:label"][0],
        about.get("dct:issued", ["not stated"])[0],
        ", ".join(sorted(slug(country) for country in countries)),
        str(len(of_class(path, "bilat:Instrument"))),
        f"<{about['bilat:sourceUrl'][0]}>" if "bilat:sourceUrl" in about else "not stated",
    ]
    return f"| {' | '.join(cells)} |"


def test_the_readme_lists_every_source() -> None:
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    listed = [line for line in readme.splitlines() if line.startswith("| `2")]
    assert listed == [table_row(path) for path in SOURCES]
