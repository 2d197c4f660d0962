"""Strangers' queries, and whole graphs: answered whole or not at all."""

from __future__ import annotations

import io
import re
from difflib import get_close_matches
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import pyoxigraph as ox

from bilat.errors import InputError, NotFoundError, StoreError
from bilat.mistakes import explained, place_of_mistake
from bilat.namespaces import BASE, PREFIXES, compact
from bilat.remote import RemoteStore
from bilat.results import GRAPH_FORMATS, Rows, Triples, in_order, serialise
from bilat.server.addresses import link_to
from bilat.server.answers import Answer, Refusal
from bilat.server.cells import shown
from bilat.server.negotiation import GRAPHS, HTML, ROWS, not_acceptable
from bilat.server.rendering import filled, page
from bilat.store import EmbeddedStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilat.knowledge_graph import KnowledgeGraph

#: Bytes that an answer may have.
MOST_BYTES = 64 << 20

#: Rows that a page of them shows.
SHOWN = 1000

_RESULTS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}

# what stands between rows, or after each, and how many more of it than of rows there are; only in
# CSV can a value have it too
_ROW_MARK = {
    "json": (re.compile(rb'[\[,]\{(?:"[^"]+":\{|\})'), 0),
    "xml": (re.compile(rb"</result>"), 0),
    "csv": (re.compile(rb"\r\n"), 1),
    "tsv": (re.compile(rb"\n"), 1),
}

_MEDIA_TYPES = {format.name: format.media_type for format in (*ROWS, *GRAPHS)}

# functions that give another value each time
_CHANGING = re.compile(r"\b(NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)

# each letter as it is, or as an escape that some engines read before anything else
_SERVICE = re.compile(
    "".join(rf"(?:{c}|\\u00{ord(c):02x}|\\U000000{ord(c):02x}|\\u00{ord(c.upper()):02x}"
            rf"|\\U000000{ord(c.upper()):02x})" for c in "service"),
    re.IGNORECASE,
)  # fmt: skip


class Asked(NamedTuple):
    """A query as the protocol brings it; the dataset is the query's own where none is named.

    ``rows`` and ``triples`` name the formats that would do for either kind of result; ``base`` is
    what relative IRIs are relative to.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    rows: str | None = "json"
    triples: str | None = "turtle"
    base: str | None = None
    most: int = 100_000


class Counted(io.RawIOBase):
    """Takes bytes up to a limit."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: Any) -> int:
        """Take some more; raises Refusal where it is too much."""
        self._size += len(data)
        if self._size > MOST_BYTES:
            raise Refusal(
                422, f"the answer is larger than {MOST_BYTES >> 20} MiB; ask for less of it"
            )
        self._parts.append(bytes(data))
        return len(data)

    def content(self) -> bytes:
        """All that was written."""
        return b"".join(self._parts)


def query(kg: KnowledgeGraph, *asked: Any) -> Answer:
    """The answer to a query; the arguments are the parts of an :class:`Asked`."""
    what = Asked(*asked)
    remote = isinstance(kg.store, RemoteStore)
    refuse_service(what.text, also_decoded=remote)
    body, media_type = _remote(kg.store, what) if remote else _embedded(kg.store, what)
    return Answer(body, media_type, lasting=not _CHANGING.search(what.text))


def refuse_service(text: str, *, also_decoded: bool = False) -> None:
    """Refuse a query that would have this machine call another: one with ``SERVICE`` in it.

    The engine's own parser judges: with other letters in its place, the text is still a query
    exactly where the word stood in a literal, a comment, an IRI or a name.
    """
    texts = [text, _decoded(text)] if also_decoded else [text]
    for version in texts:
        if not _SERVICE.search(version):
            continue
        renamed = _SERVICE.sub(lambda found: "zervice".ljust(len(found[0]), "z"), version)
        try:
            ox.Store().query(renamed, prefixes=PREFIXES)
        except SyntaxError as error:
            place, _ = place_of_mistake(renamed)
            if any(_is_at(found, place) for found in _SERVICE.finditer(version)):
                why = "SERVICE is not answered here: a query stays in this graph"
                raise Refusal(403, why) from None
            mistake = explained(renamed, error.msg).replace("zervice", "service")
            raise InputError(f"not a SPARQL query: {mistake}") from None
        except ValueError:
            pass  # which the query will tell again


def _is_at(found: re.Match[str], place: int) -> bool:
    before = found.string[place : found.start()]  # such as the end of a triple, 1.
    return place <= found.start() and not before.rstrip("0123456789.")


def _decoded(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        number = int(found[1] or found[2], 16)
        return chr(number) if number < 0x110000 else found[0]

    return re.sub(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})", character, text)


def _embedded(store: Any, asked: Asked) -> tuple[bytes, str]:
    dataset: tuple[list[ox.NamedNode], list[ox.NamedNode]] | None = None
    if asked.default_graphs or asked.named_graphs:
        dataset = _nodes(asked.default_graphs), _nodes(asked.named_graphs)
    return store.run(  # type: ignore[no-any-return]
        asked.text, lambda result: _written(result, asked), base=asked.base, dataset=dataset
    )


def _nodes(iris: Iterable[str]) -> list[ox.NamedNode]:
    try:
        return [ox.NamedNode(iri) for iri in iris]
    except ValueError as error:
        raise InputError(f"the IRI of a graph is wrong: {error}") from None


def _remote(store: Any, asked: Asked) -> tuple[bytes, str]:
    dataset = [("default-graph-uri", iri) for iri in asked.default_graphs]
    dataset += [("named-graph-uri", iri) for iri in asked.named_graphs]
    try:
        result = store.ask(asked.text, dataset)
    except InputError as error:  # without the address, which is for who runs the server
        raise InputError(str(error).removeprefix(f"{store.name}: ")) from None
    if isinstance(result, Triples):
        return _triples_written((t for t in result), asked)
    if isinstance(result, Rows):
        text = result.to_text("json")
    else:
        text = f'{{"head":{{}},"boolean":{str(result).lower()}}}'
    return _written(ox.parse_query_results(text, ox.QueryResultsFormat.JSON), asked)


def _written(result: Any, asked: Asked) -> tuple[bytes, str]:
    if isinstance(result, ox.QueryTriples):
        return _triples_written(result, asked)
    if asked.rows is None:
        raise not_acceptable(ROWS, "what was asked for")
    if asked.rows == HTML.name:
        return _rows_shown(result, asked.most), HTML.media_type
    output = Counted()
    result.serialize(output, _RESULTS[asked.rows])
    content = output.content()
    if len(content) > asked.most:  # else there are fewer rows, too
        mark, more = _ROW_MARK[asked.rows]
        if sum(1 for _ in mark.finditer(content)) - more > asked.most:
            raise _too_many(asked.most)
    return content, _MEDIA_TYPES[asked.rows]


def _triples_written(triples: Iterable[ox.Triple], asked: Asked) -> tuple[bytes, str]:
    if asked.triples is None:
        raise not_acceptable(GRAPHS, "what was asked for")
    found: set[ox.Quad] = set()
    for triple in triples:
        found.add(ox.Quad(triple.subject, triple.predicate, triple.object))
        if len(found) > asked.most:
            raise _too_many(asked.most)
    output = Counted()
    output.write(serialise(in_order(found), asked.triples))
    return output.content(), _MEDIA_TYPES[asked.triples]


def _too_many(most: int) -> Refusal:
    return Refusal(422, f"the answer has more than {most} rows; add LIMIT, or ask for less")


def _rows_shown(result: Any, most: int) -> bytes:
    header: list[str] = []
    rows: list[list[dict[str, str]]] = []
    number = 0
    if not isinstance(result, ox.QueryBoolean):
        header = [variable.value for variable in result.variables]
        for number, solution in enumerate(result, 1):
            if number > most:
                raise _too_many(most)
            if number <= SHOWN:
                rows.append([_cell(term) for term in solution])
        title = "1 row" if number == 1 else f"{number:,} rows"
    else:
        title = "Yes" if result else "No"
    cut = number > SHOWN
    return filled("rows.html", {"title": title, "header": header, "rows": rows, "cut": cut})


def _cell(term: Any) -> dict[str, str]:
    if isinstance(term, ox.NamedNode):
        here = term.value.startswith((BASE + "id/", BASE + "scheme/", BASE + "graph/"))
        link = link_to(f"/{term.value.removeprefix(BASE)}") if here else term.value
        safe = here or link.startswith(("http://", "https://"))
        return {"text": shown(compact(term.value)), "link": link if safe else ""}
    text = "" if term is None else term.value if isinstance(term, ox.Literal) else str(term)
    return {"text": shown(text), "link": ""}


def graph(kg: KnowledgeGraph, name: str | None, format: str) -> Answer:
    """A whole graph, or the default graph where no IRI is given."""
    store, output = kg.store, Counted()
    where: ox.NamedNode | ox.DefaultGraph = _nodes([name])[0] if name else ox.DefaultGraph()
    media_type = _MEDIA_TYPES[format]
    if not isinstance(store, EmbeddedStore):
        found = {ox.Quad(q.subject, q.predicate, q.object) for q in store.quads(where)}
        if name and not found:
            raise NotFoundError("graph", name, [])
        output.write(serialise(in_order(found), format))
        return Answer(output.content(), media_type)
    if name and not store.engine.contains_named_graph(where):
        raise NotFoundError("graph", name, get_close_matches(name, store.graph_names(), n=3))
    try:
        store.engine.dump(
            cast("IO[bytes]", output), GRAPH_FORMATS[format], from_graph=where, prefixes=PREFIXES
        )
    except OSError as error:
        raise StoreError(f"the graph could not be written ({error})") from None
    return Answer(output.content(), media_type)


def description(kg: KnowledgeGraph, endpoint: str, format: str) -> Answer:
    """What the endpoint is and can, in W3C's service description vocabulary."""
    sd, service = "http://www.w3.org/ns/sparql-service-description#", ox.BlankNode("service")
    dataset, default = ox.BlankNode("dataset"), ox.BlankNode("default")
    kind = ox.NamedNode(PREFIXES["rdf"] + "type")

    def term(name: str) -> ox.NamedNode:
        return ox.NamedNode(sd + name)

    quads = [
        ox.Quad(service, kind, term("Service")),
        ox.Quad(service, term("endpoint"), ox.NamedNode(endpoint)),
        ox.Quad(service, term("supportedLanguage"), term("SPARQL11Query")),
        ox.Quad(service, term("defaultDataset"), dataset),
        ox.Quad(dataset, kind, term("Dataset")),
        ox.Quad(dataset, term("defaultGraph"), default),
        ox.Quad(default, kind, term("Graph")),
        *(
            ox.Quad(service, term("resultFormat"), ox.NamedNode(f"http://www.w3.org/ns/formats/{name}"))
            for name in (
                "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV",
                "SPARQL_Results_TSV", "Turtle", "N-Triples", "JSON-LD", "RDF_XML",
            )
        ),
    ]  # fmt: skip
    if kg.manifest():  # what bilat built has all graphs in the default graph
        quads.append(ox.Quad(service, term("feature"), term("UnionDefaultGraph")))
    return Answer(serialise(in_order(quads), format), _MEDIA_TYPES[format])


def form(kg: KnowledgeGraph, base: str, example: str | None, most: int, timeout: float) -> Answer:
    """A page to write a query on, with the questions as examples."""
    questions = kg.questions()
    text = "SELECT * {\n  ?agreement a bilat:Instrument ;\n    rdfs:label ?label .\n} LIMIT 10"
    if example is not None:
        text = kg.question(example).text
    formats = [("html", "a page")]
    formats += [(f.name, f.media_type) for f in ROWS]
    formats += [(f.name, f"{f.media_type} (CONSTRUCT, DESCRIBE)") for f in GRAPHS]
    values = {
        "query": text,
        "formats": formats,
        "examples": [(q.name, q.summary) for q in questions.values()],
        "endpoint": f"{base}/sparql",
        "graphs": f"{base}/graphs",
        "max_rows": most,
        "timeout": timeout,
    }
    return page("sparql.html", values)
