"""Exports: the same bytes each time, and the same graph when read back by others."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic

import bilat
from bilat import ordering
from bilat.errors import InputError, NotFoundError, StoreError
from bilat.export import export
from bilat.files import replacing
from bilat.namespaces import BASE, PREFIXES
from bilat.results import GRAPH_FORMATS, in_order, serialise
from bilat.store import EmbeddedStore
from conftest import Run

SEED = "2026-02-27-kz-rs"
RDFLIB_NAMES = {
    "turtle": "turtle",
    "trig": "trig",
    "nquads": "nquads",
    "ntriples": "nt",
    "jsonld": "json-ld",
    "rdfxml": "xml",
}


@pytest.mark.parametrize("format", GRAPH_FORMATS)
def test_oxigraph_reads_back_the_same_graph(format: str, kg: bilat.KnowledgeGraph) -> None:
    quads = set(ox.parse(kg.export(format), format=GRAPH_FORMATS[format]))
    everything = set(kg.store.quads())
    if format in ("trig", "nquads"):
        assert quads == everything
    else:
        default = {q for q in everything if isinstance(q.graph_name, ox.DefaultGraph)}
        assert quads == default


@pytest.mark.parametrize("format", GRAPH_FORMATS)
def test_rdflib_reads_back_an_isomorphic_graph(format: str, kg: bilat.KnowledgeGraph) -> None:
    def triples(name: str) -> rdflib.Graph:
        dataset = rdflib.Dataset(default_union=True)
        dataset.parse(data=kg.export(name, SEED), format=RDFLIB_NAMES[name])
        graph = rdflib.Graph()
        for triple in dataset.triples((None, None, None)):
            graph.add(triple)
        return graph

    reference = triples("ntriples")
    assert len(reference) > 400
    assert isomorphic(triples(format), reference)


def test_rapper_reads_back_the_same_graph(kg: bilat.KnowledgeGraph, tmp_path: Path) -> None:
    if not shutil.which("rapper"):
        pytest.skip("rapper is not installed (Debian package raptor2-utils)")
    path = tmp_path / "bilat.ttl"
    path.write_bytes(kg.export("turtle"))
    result = subprocess.run(
        ["rapper", "-q", "-i", "turtle", "-o", "ntriples", str(path)],
        capture_output=True,
        check=True,
    )
    read = set(ox.parse(result.stdout, format=ox.RdfFormat.N_TRIPLES))
    assert read == set(ox.parse(kg.export("ntriples"), format=ox.RdfFormat.N_TRIPLES))


def test_blank_nodes_survive() -> None:
    blank = ox.BlankNode("b1")
    node = ox.NamedNode("http://example.org/a")
    text = serialise([ox.Quad(node, node, blank), ox.Quad(blank, node, node)], "turtle")
    graph = rdflib.Graph().parse(data=text, format="turtle")
    expected = rdflib.Graph().parse(data="PREFIX : <http://example.org/> :a :a [ :a :a ] .")
    assert isomorphic(graph, expected)


def test_turtle_is_grouped_by_subject_with_prefixes(kg: bilat.KnowledgeGraph) -> None:
    text = kg.export("turtle", SEED).decode()
    memorandum = "instrument:2026-kaz-srb-moc-healthcare"
    starts = [line for line in text.splitlines() if line.startswith(memorandum + " ")]
    assert starts == [f"{memorandum} a bilat:Instrument ;"]
    declared = {line.split()[1][:-1] for line in text.splitlines() if line.startswith("@prefix")}
    assert {"bilat", "instrument", "passage"} <= declared
    assert all(f"{name}:" in text.split("\n\n", 1)[-1] for name in declared)


def test_order_does_not_depend_on_the_order_given(kg: bilat.KnowledgeGraph) -> None:
    quads = list(kg.store.quads())
    assert in_order(reversed(quads)) == in_order(quads)


def triples_and_graphs() -> st.SearchStrategy[ox.Quad]:
    """Quads whose parts differ in what the order turns on: where they end, and of what kind."""
    names = (
        "http://x/a", "http://x/a-b", "http://x/a.b", "http://x/ab", "http://x/é",
        "name:of-a-prefix", f"{BASE}id/place/a", f"{BASE}id/place/a:b", f"{PREFIXES['rdf']}type",
    )  # fmt: skip
    iris = st.sampled_from(names).map(ox.NamedNode)
    blank = st.sampled_from(("b", "b1", "b-1")).map(ox.BlankNode)
    texts = st.text(max_size=3) | st.sampled_from(("a", 'a" <b> .', "a\t\n\r\\", " .", "a\u0085"))
    literals = st.builds(ox.Literal, texts) | st.builds(ox.Literal, texts, datatype=iris)
    spoken = st.builds(ox.Literal, texts, language=st.sampled_from(("en", "en-gb")))
    graphs = iris | blank | st.just(ox.DefaultGraph())
    return st.builds(ox.Quad, iris | blank, iris, iris | blank | literals | spoken, graphs)


@given(st.sets(triples_and_graphs()), st.sampled_from(list(GRAPH_FORMATS)), st.integers(1, 300))
def test_a_large_graph_in_runs_gives_the_bytes_of_a_small_one(
    quads: set[ox.Quad], format: str, run: int
) -> None:
    store = ox.Store()
    store.extend(quads)
    parts = () if format in ("trig", "nquads") else (ox.DefaultGraph(),)
    expected = serialise(in_order(store.quads_for_pattern(None, None, None, *parts)), format)
    sizes = ordering.CHUNK, ordering.RUN
    try:
        ordering.CHUNK = ordering.RUN = run
        assert export(EmbeddedStore(store), format) == expected
    finally:
        ordering.CHUNK, ordering.RUN = sizes


def test_memory_does_not_grow_with_the_graph(tmp_path: Path) -> None:
    """What two exports add to the peak, one of 20 times the other; runs are made small in both."""
    program = """
import sys, resource
import pyoxigraph as ox
from bilat import export, ordering
from bilat.store import EmbeddedStore
ordering.CHUNK = ordering.RUN = 1 << 17
store = ox.Store()
node = ox.NamedNode
store.extend(
    ox.Quad(node(f"http://x/{n % 9999}"), node("http://x/p"), ox.Literal(f"{n} {'text ' * 20}"))
    for n in range(int(sys.argv[2]))
)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[1] + ".ttl", "wb") as file:
    export.write(EmbeddedStore(store), file)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = [
        int(subprocess.check_output([sys.executable, "-c", program, tmp_path / str(n), str(n)]))
        for n in (3_000, 60_000)
    ]
    assert (tmp_path / "60000.ttl").stat().st_size > 6_000_000
    assert grown[1] < 8_000  # kB; its lines alone are 10 MB


@pytest.mark.parametrize("error", [KeyboardInterrupt, StoreError])
def test_an_export_that_ends_early_leaves_the_old_file(
    kg: bilat.KnowledgeGraph, tmp_path: Path, error: type[BaseException]
) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "written":
            raise error("the end")

    path = tmp_path / "all.nq"
    path.write_bytes(b"old")
    with pytest.raises(error, match="the end"), replacing(path) as file:
        kg.write(file, "nquads", progress=stop)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("all.nq", b"old")]


def test_no_place_for_temporary_files_is_said_and_is_not_blamed_on_the_output(
    kg: bilat.KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "RUN", 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(StoreError, match="TMPDIR"), replacing(tmp_path / "all.nq") as file:
        kg.write(file, "nquads")
    assert list(tmp_path.iterdir()) == []


def test_unknown_graphs_and_formats_are_named(kg: bilat.KnowledgeGraph, run: Run) -> None:
    with pytest.raises(NotFoundError, match=SEED):
        kg.export("turtle", "2026-02-27-kz-sr")
    with pytest.raises(InputError, match="turtle, trig"):
        kg.export("excel")
    assert run("export", "--format", "excel").returncode == 2


def test_export_to_a_file_is_whole_or_not_there(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "graph.ttl"
    assert run("export", "-o", target).returncode == 0
    assert rdflib.Graph().parse(target)
    result = run("export", "-o", tmp_path / "missing" / "graph.ttl")
    assert result.returncode == 2 and "graph.ttl" in result.stderr
    assert run("export", "-o", tmp_path).returncode == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["graph.ttl"]


def test_a_full_device_is_an_error(environment: dict[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "bilat", "export"],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert result.returncode == 2
    assert "No space left on device" in result.stderr and "Traceback" not in result.stderr


def test_the_description_counts_what_is_there(kg: bilat.KnowledgeGraph) -> None:
    graph = rdflib.Graph().parse(data=kg.describe(), format="turtle")
    void, bilat_ns = rdflib.Namespace(PREFIXES["void"]), rdflib.Namespace(PREFIXES["bilat"])
    size = kg.store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0].n
    assert [int(str(o)) for o in graph.objects(None, void.triples)] == [size]
    part = graph.value(None, void["class"], bilat_ns.Instrument)
    count = kg.store.select("SELECT (COUNT(*) AS ?n) { ?s a bilat:Instrument }")[0].n
    assert int(str(graph.value(part, void.entities))) == count
    dcat = rdflib.Namespace(PREFIXES["dcat"])
    assert len(list(graph.subjects(rdflib.RDF.type, dcat.Distribution))) == len(GRAPH_FORMATS)


def test_the_citation_names_this_version_and_licence() -> None:
    text = (Path(__file__).parents[1] / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {bilat.__version__}\n" in text
    assert "Apache-2.0" in text and "CC-BY-4.0" in text
