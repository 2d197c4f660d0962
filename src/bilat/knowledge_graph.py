"""The library as its users see it: one object to ask, draw, validate and export."""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from bilat.errors import InputError, StoreError
from bilat.inputs import Inputs, shipped
from bilat.store import (
    MANIFEST,
    EmbeddedStore,
    command_to_build,
    is_built_from,
    is_url,
    no_store,
    open_store,
    read_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure
    from networkx import Graph
    from polars import DataFrame

    from bilat.findings import Finding, Report
    from bilat.loading import Progress
    from bilat.questions import Question
    from bilat.results import Rows, Triples
    from bilat.store import Store


def open(
    store: str | os.PathLike[str] | None = None,
    *,
    data: str | os.PathLike[str] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
    progress: Progress = lambda *_: None,
) -> KnowledgeGraph:
    """The knowledge graph, built first where it is missing or its files have changed.

    ``data`` is a folder of own RDF files to have in it. With ``store``, that directory is opened
    as it is: one that bilat built, or any other Oxigraph program; an address such as
    ``https://example.org/sparql`` is asked over the SPARQL protocol, with ``headers`` and at most
    ``timeout`` seconds (60) for each question. Raises StoreError and InputError.
    """
    inputs = shipped(data)
    if is_url(store):
        return _asking(str(store), inputs, headers, timeout)
    if store is not None:
        _refuse_other_data(store, inputs)
        return KnowledgeGraph(open_store(store), inputs, os.fspath(store))
    directory = default_directory(inputs)
    if is_built_from(directory, inputs.stamp()):
        with suppress(StoreError):  # a damaged store in the cache is made anew
            return KnowledgeGraph(open_store(directory), inputs, directory)
        os.unlink(os.path.join(directory, MANIFEST))
    from pathlib import Path

    from bilat.build import build

    build(inputs, Path(directory), progress, only_if_stale=True)
    return KnowledgeGraph(open_store(directory), inputs, directory)


def _asking(
    url: str, inputs: Inputs, headers: Mapping[str, str] | None, timeout: float | None
) -> KnowledgeGraph:
    from bilat.endpoint import TIMEOUT
    from bilat.remote import RemoteStore

    remote = RemoteStore(url, headers, TIMEOUT if timeout is None else timeout)
    if inputs.data is not None:
        raise InputError(
            f"{remote.name}: an endpoint has the data that were pushed to it; leave --data out, "
            f"or `bilat --data {inputs.data} push` them"
        )
    return KnowledgeGraph(remote, inputs, remote.name)


def validate_unbuilt(
    data: str | os.PathLike[str], *files: str | os.PathLike[str], engine: str = "shifty"
) -> Report:
    """The findings of a folder of own data that no graph can be built of, or those in the files.

    That is so where a file of it cannot be read; this gives its error and checks the others.
    """
    from pathlib import Path

    from bilat.findings import Report

    ours = {path for path, _ in shipped().files()}
    own = [Path(path) for path, _ in shipped(data).files() if path not in ours]
    named = [Path(file) for file in files]
    there = {path.resolve() for path in own}
    report = open().validate(
        *own, *(path for path in named if path.resolve() not in there), engine=engine
    )
    asked = {path.resolve() for path in named or own}
    return Report(tuple(f for f in report.findings if f.file and Path(f.file).resolve() in asked))


def _refuse_other_data(store: str | os.PathLike[str], inputs: Inputs) -> None:
    if inputs.data is None:
        return
    path = os.path.join(store, MANIFEST)
    has = read_manifest(path)["data"] if os.path.isfile(path) else ""
    if inputs.data != has:
        inputs.files()  # says what is wrong with the folder itself
        place, data = os.fspath(store), inputs.data
        if os.path.isfile(os.path.join(place, "CURRENT")):
            raise InputError(f"{place}: this store is another program's; leave --data out")
        if not os.path.isfile(path):
            raise no_store(place, data)
        raise InputError(
            f"{place}: this store was built with {has or 'no --data'}, not with {data}; leave "
            f"--data out, or {command_to_build(place, data)} builds it anew"
        )


def default_directory(inputs: Inputs) -> str:
    """Where the store of these inputs is kept for this user: one folder for each set of folders."""
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        raise StoreError(
            "there is no home directory to keep the store in; name one with --store DIR"
        )
    key = zlib.crc32(f"{inputs.root}\n{inputs.data}".encode("utf-8", "surrogateescape"))
    return os.path.join(home, ".cache", "bilat", f"{key:08x}")


class KnowledgeGraph:
    """A graph of who agreed what with whom, with the files that it was made from.

    Made by :func:`bilat.open`. Names in its methods may be codes, labels in any of the languages,
    prefixed names such as ``country:KAZ``, or IRIs.
    """

    def __init__(self, store: Store, inputs: Inputs, directory: str) -> None:
        self.store, self.inputs, self.directory = store, inputs, directory

    def questions(self) -> dict[str, Question]:
        """The shipped questions by name."""
        from bilat import questions

        return questions.load(self._questions_directory)

    def question(self, name: str) -> Question:
        """One question; raises NotFoundError with near names."""
        from bilat import questions

        return questions.find(self._questions_directory, name)

    @property
    def _questions_directory(self) -> str:
        return self.inputs.folder("queries", "questions")

    def ask(self, name: str, /, **params: str) -> Rows:
        """The rows that answer a question; parameters left out keep the question's own example.

        >>> import bilat
        >>> bilat.open().ask("holder-of-post", post="President of Serbia")[0].personLabel
        'Aleksandar Vučić'
        """
        from bilat.lookup import term

        question = self.question(name)
        kinds = {key: param.type for key, param in question.params.items()}
        terms = {
            key: term(self.store, kinds[key], str(value))
            if key in kinds
            else _absent(question, key)
            for key, value in params.items()
        }
        return self.store.select(question.bind(terms))

    def sparql(self, query: str) -> Rows | bool | Triples:
        """What a SPARQL 1.1 query gives; bilat's prefixes need no declaration.

        >>> import bilat
        >>> bilat.open().sparql("ASK { country:KAZ bilat:cooperatesWith country:SRB }")
        True
        """
        return self.store.query(query)

    def network(self, view: str = "countries", focus: str | None = None) -> Graph[Any]:
        """A NetworkX graph: ``institutions``, ``countries``, ``fields`` or ``events``.

        With ``focus``, only that node and its neighbours.

        >>> import bilat
        >>> bilat.open().network("countries").number_of_nodes() >= 20
        True
        """
        from bilat.network import neighbourhood, network

        graph = network(self.store, view)
        if focus is None:
            return graph
        kinds = sorted({str(kind) for _, kind in graph.nodes(data="kind")})
        return neighbourhood(graph, self.find(focus, *kinds))

    def draw(self, kind: str, *names: str) -> Figure:
        """A matplotlib Figure: ``pair`` (two countries), ``network`` (all, or around one country or
        institution), ``fields`` or ``timeline`` (all, or of two countries).

        >>> import bilat
        >>> type(bilat.open().draw("pair", "KZ", "RS")).__name__
        'Figure'
        """
        from bilat.diagram import draw

        kinds = ("country", "institution") if kind == "network" else ("country",)
        return draw(self.store, kind, *(self.find(name, *kinds) for name in names))

    def find(self, name: str, *kinds: str) -> str:
        """The IRI of what is called so, among the kinds given, the first kind first.

        >>> import bilat
        >>> bilat.open().find("Сербия", "country")
        'https://w3id.org/bilat/id/country/SRB'
        """
        from bilat.errors import NotFoundError
        from bilat.lookup import term

        missing: list[NotFoundError] = []
        for kind in kinds:
            try:
                return term(self.store, kind, name).value
            except NotFoundError as error:
                missing.append(error)
        near = [name for error in missing for name in error.near]
        raise NotFoundError(" or ".join(kinds), name, near[:3])

    def table(self, name: str, *countries: str) -> DataFrame:
        """A table of figures for pairs of countries by year, as a polars frame.

        Such a table is kept beside the graph in the folder of own data; ``name`` is that of its
        source, or what that begins with. Of one country, its pairs; of two, theirs.
        """
        from bilat.tables.pairs import read_table

        codes = [self.find(country, "country").rpartition("/")[2] for country in countries]
        return read_table(self.inputs.data, name, codes)

    def validate(
        self,
        *files: str | os.PathLike[str],
        engine: str = "shifty",
        jobs: int | None = None,
        progress: Progress = lambda *_: None,
    ) -> Report:
        """The SHACL findings of the whole graph, or those that the files would bring into it.

        A file that the graph has already is checked as it is now, not against itself. One that
        cannot be read is an ``error`` among the findings. A large graph is validated in parts,
        ``jobs`` at a time (default: one for each processor).

        >>> import bilat
        >>> bilat.open().validate().conforms
        True
        """
        from functools import partial
        from pathlib import Path

        from bilat.validate import graphs_of, validate_files

        paths = [Path(file) for file in files]
        known = [(Path(path), graph) for path, graph in self.inputs.files()]
        given = {path.resolve() for path in paths}
        replaced = {graph for path, graph in known if path.resolve() in given} | graphs_of(paths)
        return validate_files(
            paths,
            context=partial(self.store.stated, without=replaced),
            shapes=[Path(path) for path in self.inputs.shapes()],
            engine=engine,
            origins=[path for path, _ in known if path.resolve() not in given],
            near=self._near(engine, replaced if paths else None, jobs, progress),
            jobs=jobs,
            progress=progress,
        )

    def _near(
        self, engine: str, replaced: set[str] | None, jobs: int | None, progress: Progress
    ) -> Callable[[list[Any]], list[Finding] | None]:
        """How to validate without looking at all of a large store; None stands for no files."""
        name = self.store.manifest().get("store")
        if engine != "shifty" or name is None or not isinstance(self.store, EmbeddedStore):
            return lambda _: None
        folder, store = os.path.join(self.directory, name), self.store
        from pathlib import Path

        from bilat import revalidate
        from bilat.validate import results_of, text_of_shapes

        if not revalidate.is_large(folder):
            return lambda _: None
        shapes = text_of_shapes([Path(path) for path in self.inputs.shapes()])
        if replaced is not None:
            return lambda triples: revalidate.findings_of_files(
                store.engine, triples, replaced, shapes
            )

        def everything() -> set[Finding]:
            with store.stated_file() as data:
                return results_of(data, shapes, engine, jobs, progress)[0]

        return lambda _: revalidate.findings_of_store(store.engine, folder, shapes, everything)

    def export(self, format: str = "turtle", graph: str | None = None) -> bytes:
        """The graph as a file's bytes: turtle, trig, nquads, ntriples, jsonld or rdfxml.

        >>> import bilat
        >>> bilat.open().export("ntriples", graph="2026-02-27-kz-rs").count(b"bilat/ns#Instrument>")
        10
        """
        from bilat.export import export

        return export(self.store, format, graph)

    def write(
        self,
        output: IO[bytes],
        format: str = "turtle",
        graph: str | None = None,
        progress: Progress = lambda *_: None,
    ) -> None:
        """Write what :meth:`export` gives to an open file, a large graph without holding it all."""
        from bilat.export import write

        write(self.store, output, format, graph, progress)

    def describe(self) -> bytes:
        """What the data set is, in VoID and DCAT, as Turtle."""
        from bilat.export import describe

        about = self.manifest()
        return describe(self.store, about.get("version", ""), about.get("sha256", ""))

    def manifest(self) -> dict[str, str]:
        """What the store was built from; empty for another program's store."""
        return dict(self.store.manifest())


def _absent(question: Question, name: str) -> Any:
    from bilat.errors import NotFoundError

    raise NotFoundError(f"parameter of {question.name}", name, list(question.params))
