"""A build into somebody's SPARQL server, by the SPARQL 1.1 Graph Store HTTP Protocol.

The server itself is told what was put there: beside the data stands a graph, ``PUSHED_GRAPH``, with
the SHA-256 and the number of triples of each graph that is whole there. What is named so is not
sent again, so an interrupted push goes on where it stopped, from any machine. The line about a
graph is taken away before the graph is touched, and written after it; meanwhile another says that
the graph is a push's to overwrite.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from hashlib import sha256
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

import pyoxigraph as ox

from bilat.endpoint import Endpoint, Refused, checked_url, shown
from bilat.errors import InputError, StoreError
from bilat.export import DATASET, graph_called
from bilat.namespaces import GRAPH, PREFIXES, expand
from bilat.remote import PUSHED_GRAPH, RemoteStore
from bilat.results import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from bilat.loading import Progress
    from bilat.store import EmbeddedStore, GraphName

#: Seconds without an answer after which a server is given up; it may index for minutes.
TIMEOUT = 600.0

_DEFAULT = ox.DefaultGraph()
_PUSHED, _DATASET = ox.NamedNode(PUSHED_GRAPH), ox.NamedNode(DATASET)

#: What is in PUSHED_GRAPH from the first moment; a default graph that has it too is a union.
_SIGN = ox.Triple(_DATASET, ox.NamedNode(PREFIXES["void"] + "feature"), _PUSHED)

#: What is said there of a graph that a push has begun to overwrite.
_IN_DATASET = ox.NamedNode(PREFIXES["void"] + "inDataset")

_CONTENT = {"Content-Type": "application/n-triples"}


class Content(NamedTuple):
    """What a graph has in it: the SHA-256 of its N-Triples, and their number."""

    sha256: str
    triples: int


class Wish(NamedTuple):
    """What is to be pushed and how: one graph or all; ``replace`` overwrites what others put."""

    graph: str | None = None
    replace: bool = False
    dry_run: bool = False


_EVERYTHING = Wish()

#: Parts of a manifest, and the properties that state them beside the pushed graphs.
_FACTS = {"version": "dcat:version", "sha256": "dct:identifier"}


class Pushed(NamedTuple):
    """What a push did, or would do: graphs by the ends of their names, and triples sent."""

    sent: list[str]
    removed: list[str]
    unchanged: list[str]
    triples: int


class GraphStore:
    """The graphs of a server, each replaced, added to or removed as one transaction."""

    def __init__(self, endpoint: Endpoint, url: str | None = None) -> None:
        self._endpoint = endpoint
        self.url = checked_url(url) if url else graph_store_url(endpoint.url)

    def put(self, graph: GraphName, content: IO[bytes], length: int) -> None:
        """Make this the content of the graph."""
        self._send("PUT", graph, content, {**_CONTENT, "Content-Length": str(length)})

    def add(self, graph: GraphName, triples: Iterable[ox.Triple]) -> None:
        """Add triples, which may be there already."""
        content = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
        self._send("POST", graph, content, _CONTENT)

    def replace(self, graph: GraphName, triples: Iterable[ox.Triple]) -> None:
        """Make these few triples the content of the graph."""
        content = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
        self._send("PUT", graph, content, _CONTENT)

    def remove(self, graph: GraphName) -> None:
        """Remove the graph, which may be gone already."""
        try:
            self._send("DELETE", graph, None, {})
        except Refused as refused:
            if refused.status != 404:
                raise

    def _send(
        self,
        method: str,
        graph: GraphName,
        content: bytes | IO[bytes] | None,
        headers: Mapping[str, str],
    ) -> None:
        mark = "&" if "?" in self.url else "?"
        name = (
            f"graph={quote(graph.value, safe='')}" if isinstance(graph, ox.NamedNode) else "default"
        )
        try:
            self._endpoint.send(method, f"{self.url}{mark}{name}", content, headers).close()
        except Refused as refused:
            if refused.status not in (400, 404, 405, 501) or method == "DELETE":
                raise
            raise StoreError(
                f"{refused}. Is {shown(self.url)} where graphs are stored, and writable? "
                "--graph-store URL names another place"
            ) from None


def graph_store_url(query_url: str) -> str:
    """Where a server that answers queries at one address most likely keeps its graphs.

    RDF4J and GraphDB: ``…/repositories/X`` → ``…/repositories/X/rdf-graphs/service``; Fuseki:
    ``…/X/sparql`` or ``…/X/query`` → ``…/X/data``; Oxigraph: ``/query`` or ``/sparql`` →
    ``/store``. Raises InputError for any other address.
    """
    parts = urlsplit(query_url)
    *folders, last = parts.path.rstrip("/").split("/")
    if len(folders) > 1 and folders[-1] == "repositories":
        path = "/".join([*folders, last, "rdf-graphs", "service"])
    elif last in ("query", "sparql"):
        path = "/".join([*folders, "data" if any(folders) else "store"])
    else:
        raise InputError(
            f"{shown(query_url)}: this address does not tell where graphs are stored; name that "
            "place with --graph-store URL, such as https://example.org/rdf-graph-store"
        )
    return parts._replace(path=path).geturl()


def push(
    store: EmbeddedStore,
    remote: RemoteStore,
    graphs: GraphStore,
    wish: Wish = _EVERYTHING,
    progress: Progress = lambda *_: None,
) -> Pushed:
    """Bring the server into step with the store, named graphs first, the default graph last.

    Raises StoreError where graphs are in the way that no push of bilat made, and where the server
    has other numbers of triples afterwards.
    """
    names = _wanted(store, wish.graph)
    there = _State(remote)
    if not there.is_ours and not wish.replace:
        there.refuse_others(names)
    if not there.is_ours and not wish.dry_run:
        graphs.replace(_PUSHED, [_SIGN])
    if remote.ask(f"ASK {{ {_SIGN} }}"):  # the union of the named graphs is the default graph
        names = [name for name in names if name != _DEFAULT]
    if there.is_ours and not wish.replace:
        there.refuse_others(names)
    sent = _outdated(store, names, there, progress)
    gone = [] if wish.graph else there.left_over(names)
    if wish.dry_run:
        contents = {graph: _content(store, graph) for graph in sent}
    else:
        kept = {graph: mark for graph, mark in there.marks.items() if graph not in sent}
        claimed = there.claimed - {*sent}
        if sent:
            graphs.replace(_PUSHED, [_SIGN, *_claims(claimed.union(sent)), *_marks(kept)])
        contents = _send(store, graphs, sent, progress)
        for graph in gone:
            graphs.remove(graph)
            del kept[graph]
        about = there.manifest if wish.graph else _manifest(store)
        if sent or gone or about != there.manifest:
            _State(remote).check(contents)
            done = [*_about(about), *_claims(claimed), *_marks(kept | contents)]
            graphs.replace(_PUSHED, [_SIGN, *done])
    unchanged = [_short(graph) for graph in names if graph not in sent]
    triples = sum(content.triples for content in contents.values())
    return Pushed([*map(_short, sent)], [*map(_short, gone)], unchanged, triples)


def _wanted(store: EmbeddedStore, only: str | None) -> list[GraphName]:
    if only is not None:
        return [graph_called(store, only)]
    return [*map(ox.NamedNode, store.graph_names()), _DEFAULT]


def _outdated(
    store: EmbeddedStore, names: list[GraphName], there: _State, progress: Progress
) -> list[GraphName]:
    """The graphs that the server has not, or not as they are in the store."""
    there_whole = [name for name in names if there.is_whole(name)]
    if there.manifest and there.manifest == _manifest(store):
        # the same files were built; that they are the same graphs too, their sizes tell
        here = _counts(store.query)
        if all(here.get(name, 0) == mark.triples for name, mark in there.marks.items()):
            return [name for name in names if name not in there_whole]
    same = set()
    for number, name in enumerate(there_whole, 1):
        progress("comparing", number, len(there_whole))
        if _content(store, name) == there.marks[name]:
            same.add(name)
    return [name for name in names if name not in same]


@contextmanager
def _dumped(store: EmbeddedStore, graph: GraphName) -> Iterator[tuple[IO[bytes], Content]]:
    """A graph in a file, so that its size is known and it can be sent again."""
    with tempfile.TemporaryFile() as file:
        store.dump(graph, file)
        file.seek(0)
        digest, triples = sha256(), 0
        while piece := file.read(1 << 20):
            digest.update(piece)
            triples += piece.count(b"\n")
        yield file, Content(digest.hexdigest(), triples)


def _content(store: EmbeddedStore, graph: GraphName) -> Content:
    with _dumped(store, graph) as (_, content):
        return content


def _send(
    store: EmbeddedStore, graphs: GraphStore, names: list[GraphName], progress: Progress
) -> dict[GraphName, Content]:
    """Send the graphs, each with its mark after it; gives what was in them."""
    contents = {}
    for number, graph in enumerate(names, 1):
        progress(_short(graph), number, len(names))
        with _dumped(store, graph) as (file, content):
            graphs.put(graph, file, file.tell())
        graphs.add(_PUSHED, _marks({graph: content}))
        contents[graph] = content
    progress("what is there is counted", len(names), len(names))
    return contents


class _State:
    """What the server has: the numbers of triples there are, and the marks of earlier pushes."""

    def __init__(self, remote: RemoteStore) -> None:
        self._name, self.manifest = remote.name, remote.manifest()
        self.marks: dict[GraphName, Content] = {}
        self.claimed: set[GraphName] = set()  # what a push has begun to overwrite
        marks = "{ ?g schema:sha256 ?hash ; void:triples ?n }"
        claims = f"{{ ?g {_IN_DATASET} {_DATASET} }}"
        try:
            self.counts = _counts(remote.ask)
            for graph, digest, n in _terms(
                remote.ask(f"SELECT ?g ?hash ?n {{ GRAPH {_PUSHED} {{ {marks} UNION {claims} }} }}")
            ):
                if digest is None:
                    self.claimed.add(_called(graph))
                else:
                    self.marks[_called(graph)] = Content(digest.value, int(n.value))
        except (ValueError, AttributeError) as error:
            raise StoreError(f"{self._name}: gives no numbers of its triples ({error})") from None

    @property
    def is_ours(self) -> bool:
        """Whether bilat has pushed here before."""
        return _PUSHED in self.counts

    def is_whole(self, graph: GraphName) -> bool:
        """Whether the graph is there with as many triples as were pushed."""
        mark = self.marks.get(graph)
        return mark is not None and self.counts.get(graph, 0) == mark.triples

    def left_over(self, wanted: Container[GraphName]) -> list[GraphName]:
        """The graphs that a former push made and that are not wanted any more, sorted."""
        return sorted((g for g in self.marks if g not in wanted and g != _DEFAULT), key=str)

    def refuse_others(self, wanted: Iterable[GraphName]) -> None:
        """Raise StoreError where something would be overwritten that no push of bilat made."""
        ours = self.claimed.union(self.marks)
        taken = [graph for graph in wanted if self.counts.get(graph) and graph not in ours]
        if taken:
            raise StoreError(
                f"{self._name}: its graph {_short(taken[0])} has {self.counts[taken[0]]:,} triples "
                "that no `bilat push` put there, and which would be lost; choose an empty dataset, "
                "or say --replace"
            )

    def check(self, contents: Mapping[GraphName, Content]) -> None:
        """Raise StoreError where a graph has not the number of triples that it should have."""
        for graph, content in contents.items():
            if (found := self.counts.get(graph, 0)) != content.triples:
                raise StoreError(
                    f"{self._name}: after the push its graph {_short(graph)} has {found:,} triples "
                    f"instead of {content.triples:,}; does another program write there?"
                )


def _counts(ask: Callable[[str], object]) -> dict[GraphName, int]:
    """The number of triples of each graph."""
    found: dict[GraphName, int] = {}
    for name, n in _terms(ask("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")):
        found[name] = int(n.value)
    for (n,) in _terms(ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")):
        found[_DEFAULT] = int(n.value)
    return found


def _terms(rows: object) -> list[Any]:
    # some engines count nothing as one group without a name
    return [row for row in rows.terms if row[0] is not None] if isinstance(rows, Rows) else []


def _manifest(store: EmbeddedStore) -> dict[str, str]:
    """What of a store's manifest goes with its graphs: neither paths nor times."""
    return {name: store.manifest()[name] for name in _FACTS if name in store.manifest()}


def _about(manifest: Mapping[str, str]) -> list[ox.Triple]:
    """What build is there as a whole; nothing where that is not known."""
    known = ((_term(term), manifest.get(name)) for name, term in _FACTS.items())
    return [ox.Triple(_DATASET, term, ox.Literal(value)) for term, value in known if value]


def _claims(graphs: Iterable[GraphName]) -> list[ox.Triple]:
    return [ox.Triple(_named(graph), _IN_DATASET, _DATASET) for graph in graphs]


def _marks(contents: Mapping[GraphName, Content]) -> list[ox.Triple]:
    found = []
    for graph, content in contents.items():
        node = _named(graph)
        found += [
            ox.Triple(node, _term("schema:sha256"), ox.Literal(content.sha256)),
            ox.Triple(node, _term("void:triples"), ox.Literal(content.triples)),
        ]
    return found


def _named(graph: GraphName) -> ox.NamedNode:
    """What stands for the graph in PUSHED_GRAPH."""
    return graph if isinstance(graph, ox.NamedNode) else _DATASET


def _called(node: ox.NamedNode) -> GraphName:
    return _DEFAULT if node == _DATASET else node


def _term(name: str) -> ox.NamedNode:
    return ox.NamedNode(expand(name))


def _short(graph: GraphName) -> str:
    return graph.value.removeprefix(GRAPH) if isinstance(graph, ox.NamedNode) else "default"
