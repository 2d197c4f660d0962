"""Reading RDF and writing files: blank nodes, errors with their place, nothing half-written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from bilat.errors import InputError
from bilat.files import RDF_FORMATS, read_rdf, replace_file

CONTENT = {
    ".ttl": "<http://a> <http://b> [ <http://c> [] , 'x' ] .",
    ".trig": "<http://g> { <http://a> <http://b> [ <http://c> _:d ] }",
    ".nt": "<http://a> <http://b> _:c .",
    ".nq": "<http://a> <http://b> _:c <http://g> .",
    ".jsonld": '[{"@id": "http://a", "http://b": {"http://c": "d"}}]',
    ".rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
    '<rdf:Description><e:p rdf:nodeID="n"/></rdf:Description></rdf:RDF>',
}


@pytest.mark.parametrize("suffix", RDF_FORMATS)
def test_blank_nodes_become_the_same_iris_each_time(suffix: str, tmp_path: Path) -> None:
    quads = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / f"{folder}{suffix}"
        path.write_text(CONTENT[suffix], encoding="utf-8")
        quads.append(read_rdf(path))
    assert quads[0] == quads[1]
    nodes = {node for q in quads[0] for node in (q.subject, q.object)}
    assert not any(isinstance(node, ox.BlankNode) for node in nodes)
    assert any("/genid/" in str(node) for node in nodes)


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 2), min_size=1, max_size=6))
def test_the_graph_keeps_its_form(
    tmp_path_factory: pytest.TempPathFactory, edges: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.mktemp("rdf") / "graph.nt"
    path.write_text("".join(f"_:n{a} <http://p> _:n{b} .\n" for a, b in edges))
    ours = rdflib.Graph()
    for quad in read_rdf(path):
        subject, value = (rdflib.BNode(str(node)) for node in (quad.subject, quad.object))
        ours.add((subject, rdflib.URIRef("http://p"), value))
    assert isomorphic(ours, rdflib.Graph().parse(path))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.ttl", b"@prefix a: <http://a/> .\na:b a:c a:d\na:e a:f .", "a.ttl:3:"),
        ("a.ttl", "<http://a> <http://b>\n 'é' .".encode("latin-1"), "a.ttl:2:3: the byte 0xe9"),
        ("a.ttl", b"<http://a> <http://b> <<( <http://a> <http://b> 1 )>> .", "RDF 1.2"),
        ("a.ttl", b"<http://a> <http://b> 'x'@en--ltr .", "RDF 1.2"),
        ("a.txt", b"", "unknown kind of file '.txt'; known are .ttl"),
        ("a.rdf", b"<html>", "a.rdf"),
    ],
)
def test_bad_files_are_named_with_their_place(
    name: str, content: bytes, words: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_rdf(tmp_path / name)
    assert words in str(caught.value)


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    (tmp_path / "folder.ttl").mkdir()
    with pytest.raises(InputError, match=r"folder\.ttl: cannot be read"):
        read_rdf(tmp_path / "folder.ttl")
    with pytest.raises(InputError, match=r"missing\.ttl: cannot be read \(No such file"):
        read_rdf(tmp_path / "missing.ttl")


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    (tmp_path / "bom.ttl").write_bytes(b"\xef\xbb\xbf<http://a> <http://b> <http://c> .")
    assert len(read_rdf(tmp_path / "bom.ttl")) == 1


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "file"
    replace_file(target, b"first")
    with pytest.raises(TypeError):
        replace_file(target, "text is no bytes")  # type: ignore[arg-type]
    assert target.read_bytes() == b"first"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_replaced_file_keeps_its_mode_and_links_lead_to_it(tmp_path: Path) -> None:
    target, link = tmp_path / "file", tmp_path / "link"
    target.write_bytes(b"first")
    target.chmod(0o600)
    link.symlink_to(target)
    replace_file(link, b"second")
    assert link.is_symlink() and target.read_bytes() == b"second"
    assert target.stat().st_mode & 0o777 == 0o600


def test_what_is_no_regular_file_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    replace_file(pipe, b"through")
    assert os.read(reader, 100) == b"through"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    os.close(reader)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing/file: cannot be written"):
        replace_file(tmp_path / "missing" / "file", b"")
    with pytest.raises(InputError, match="cannot be written"):
        replace_file(tmp_path, b"")
