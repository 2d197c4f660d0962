"""Any SPARQL 1.1 endpoint as a store."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cached_property
from traceback import clear_frames
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pyoxigraph as ox

from bilat.endpoint import TIMEOUT, Answer, Endpoint, Refused, shown
from bilat.errors import InputError, StoreError
from bilat.namespaces import BASE, DERIVED_GRAPH
from bilat.results import Rows, Triples
from bilat.store import EmbeddedStore, Store, prologue_for, query_form

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from bilat.store import GraphName

#: Where ``bilat push`` keeps what it put into a store; not among the graphs of the data.
PUSHED_GRAPH = BASE + ".well-known/pushed"

# formats that tell where they end, so that half an answer is no answer
_ROWS = "application/sparql-results+json, application/sparql-results+xml;q=0.5"
_TRIPLES = "application/n-triples, text/turtle;q=0.5, application/rdf+xml;q=0.3"


class RemoteStore(Store):
    """A SPARQL endpoint, asked over the SPARQL 1.1 Protocol.

    Its default graph is taken for the merged knowledge, as `bilat push` leaves it; StoreError says
    so where it is empty though named graphs are not. See :class:`bilat.endpoint.Endpoint` for
    ``headers`` and ``timeout``.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT
    ) -> None:
        self.endpoint = Endpoint(url, headers, timeout)
        self.name = shown(url)
        self._has_default = False  # whether the default graph is known to have anything

    def query(self, sparql: str) -> Rows | bool | Triples:
        """What the query gives; StoreError where the endpoint does not give all of it."""
        result = self.ask(sparql)
        if not result and not re.search(r"(?i)\b(GRAPH|FROM|SERVICE)\b", sparql):
            self._refuse_unmerged()
        return result

    def ask(self, sparql: str, dataset: Sequence[tuple[str, str]] = ()) -> Rows | bool | Triples:
        """What the query gives, whatever the default graph has in it.

        ``dataset`` has the protocol's parameters that name graphs to ask, instead of the query's.
        """
        form = query_form(sparql)
        accept = _ROWS if form in ("SELECT", "ASK") else _TRIPLES
        with self._asked(sparql, accept, dataset) as answer:
            if form in ("SELECT", "ASK"):
                return _rows(answer)
            format = ox.RdfFormat.from_media_type(answer.media_type)
            if format is None:
                raise _no_endpoint(answer)
            return Triples(quad.triple for quad in ox.parse(answer.body, format))

    def graph_names(self) -> list[str]:
        """IRIs of the named graphs, sorted."""
        rows = self.ask("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
        names = (row[0] for row in getattr(rows, "terms", ()))
        return sorted(
            g.value for g in names if isinstance(g, ox.NamedNode) and g.value != PUSHED_GRAPH
        )

    def quads(self, graph: GraphName | None = None) -> Iterator[ox.Quad]:
        """The quads of one graph, or those of all graphs, as they come."""
        triple, pushed = "?s ?p ?o", f"FILTER(?g != <{PUSHED_GRAPH}>)"
        patterns: dict[GraphName | None, str] = {
            None: f"{{ {triple} }} UNION {{ GRAPH ?g {{ {triple} }} {pushed} }}",
            ox.DefaultGraph(): triple,
        }
        pattern = patterns.get(graph) or f"BIND({graph} AS ?g) GRAPH {graph} {{ {triple} }}"
        found = False
        for quad in self._quads(f"SELECT ?s ?p ?o ?g {{ {pattern} }}"):
            found = True
            yield quad
        if not found and not isinstance(graph, ox.NamedNode):
            self._refuse_unmerged()

    def stated(self, without: Container[str] = ()) -> bytes:
        """What is stated, not derived, as N-Triples: what validation looks at."""
        left_out = [name for name in self.graph_names() if name in without]
        names = ", ".join(f"<{name}>" for name in (DERIVED_GRAPH, PUSHED_GRAPH, *left_out))
        pattern = f"GRAPH ?g {{ ?s ?p ?o }} FILTER(?g NOT IN ({names}))"
        if not self.manifest():  # what no graph has may be in the default graph of others' stores
            pattern = f"{{ {pattern} }} UNION {{ ?s ?p ?o }}"
        quads = self._quads(f"SELECT ?s ?p ?o {{ {pattern} }}")
        triples = (quad.triple for quad in quads)
        content = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
        if not content and not left_out:
            self._refuse_unmerged()
        return content

    def manifest(self) -> Mapping[str, str]:
        """What the build that was pushed here was built from; empty where none was."""
        return self._manifest

    @cached_property
    def _manifest(self) -> dict[str, str]:
        rows = self.ask(
            f"SELECT ?version ?sha256 {{ GRAPH <{PUSHED_GRAPH}> "
            "{ ?set dcat:version ?version ; dct:identifier ?sha256 } }"
        )
        return dict(rows[0]._asdict()) if isinstance(rows, Rows) and rows else {}

    def _quads(self, sparql: str) -> Iterator[ox.Quad]:
        with self._asked(sparql, _ROWS) as answer:
            for solution in _parsed(answer):
                s, p, o = (solution[name] for name in "spo")
                graph = solution["g"] if len(solution) > 3 else None
                yield ox.Quad(s, p, o, graph or ox.DefaultGraph())

    @contextmanager
    def _asked(
        self, sparql: str, accept: str, dataset: Sequence[tuple[str, str]] = ()
    ) -> Iterator[Answer]:
        """The answer to a query, parsed inside; raises InputError for a wrong query."""
        body = urlencode([("query", prologue_for(sparql) + sparql), *dataset]).encode()
        headers = {
            "Accept": accept,
            "Accept-Encoding": "gzip",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            answer = self.endpoint.send("POST", self.endpoint.url, body, headers)
        except Refused as refused:
            if refused.status == 400:
                raise self._wrong(sparql, refused) from None
            raise
        with answer:
            try:
                yield answer
            except StoreError as error:
                clear_frames(error.__traceback__)  # they hold what only this thread may let go
                raise
            except SyntaxError as error:
                clear_frames(error.__traceback__)
                raise StoreError(
                    f"{self.name}: the answer is not whole, or not what it says to be "
                    f"({error.msg}); a time limit of the server's own may have cut it: ask for "
                    "less, or raise that limit"
                ) from None

    def _wrong(self, sparql: str, refused: Refused) -> InputError:
        if not re.search(r"(?i)\bSERVICE\b", sparql):  # which would be called by this process
            EmbeddedStore(ox.Store()).query(sparql)  # says where it is wrong, if it is
        reason = refused.reason or "it does not say why"
        return InputError(f"{self.name}: the query cannot be answered: {reason}")

    def _refuse_unmerged(self) -> None:
        self._has_default = self._has_default or bool(self.ask("ASK { ?s ?p ?o }"))
        if self._has_default:
            return
        if self.ask("ASK { GRAPH ?g { ?s ?p ?o } }"):
            raise StoreError(
                f"{self.name}: its default graph is empty, and its named graphs are not. bilat "
                "asks the default graph, which should hold what all others do: `bilat push` puts "
                "it there, and most servers can take the union of their graphs for it"
            )
        raise StoreError(f"{self.name}: holds nothing; `bilat push` puts a build there")


def _parsed(answer: Answer) -> Any:
    format = ox.QueryResultsFormat.from_media_type(answer.media_type)
    if format not in (ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML):
        raise _no_endpoint(answer)
    return ox.parse_query_results(answer.body, format)


def _rows(answer: Answer) -> Rows | bool:
    result = _parsed(answer)
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    variables = [variable.value for variable in result.variables]
    rows = Rows(variables, (tuple(solution) for solution in result))
    most = answer.header("X-SPARQL-MaxRows")  # Virtuoso cuts there without a word
    if most.isdecimal() and 0 < int(most) <= len(rows):
        raise StoreError(
            f"{answer.url}: gives no more than {most} rows (its ResultSetMaxRows), so the answer "
            "may not be whole; raise that limit, or ask for less"
        )
    return rows


def _no_endpoint(answer: Answer) -> StoreError:
    found = "a web page" if answer.is_page() else answer.media_type or "something without a type"
    return StoreError(
        f"{answer.url}: answers with {found}, so it is no SPARQL endpoint; its address often ends "
        "in /sparql, /query or /repositories/NAME"
    )
