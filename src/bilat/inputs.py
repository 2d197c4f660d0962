"""Where a graph comes from: the shipped ontology, data and queries, and a user's own files.

Paths are strings here and where a store is opened: pathlib alone would be a tenth of the time that
a question takes from the shell.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from bilat.errors import InputError
from bilat.files import RDF_FORMATS
from bilat.namespaces import DERIVED_GRAPH, GRAPH, ONTOLOGY_GRAPH, REFERENCE_GRAPH


class Inputs(NamedTuple):
    """What a graph is built from: a folder with ontology, data and queries, and own data."""

    root: str
    data: str | None = None

    def folder(self, *names: str) -> str:
        """The path of a folder below the root."""
        return os.path.join(self.root, *names)

    def files(self) -> list[tuple[str, str]]:
        """The RDF files with the IRI of the graph that their bare triples go to, in order."""
        ontology = [os.path.join(self.folder("ontology"), "bilat.ttl")]
        ontology += _listed(self.folder("ontology", "vocabularies"), ".ttl")
        reference = _listed(self.folder("data", "reference"), ".ttl")
        sources = _listed(self.folder("data", "sources"), ".trig")
        found = [
            *((path, ONTOLOGY_GRAPH) for path in ontology),
            *((path, REFERENCE_GRAPH) for path in reference),
            *((path, GRAPH + _slug(path)) for path in sources),
        ]
        taken = {graph: path for path, graph in found} | {DERIVED_GRAPH: "what the rules derive"}
        for path in self._own():
            graph = GRAPH + _slug(path)
            if graph in taken:
                raise InputError(f"{path}: its graph {graph} is taken by {taken[graph]}; rename it")
            taken[graph] = path
            found.append((path, graph))
        return found

    def _own(self) -> list[str]:
        if self.data is None:
            return []
        if not os.path.isdir(self.data):
            raise InputError(f"{self.data}: no such directory; --data names a folder of RDF files")
        folders = [folder for folder, _, _ in os.walk(self.data)]
        found = sorted(path for folder in folders for path in _listed(folder, *RDF_FORMATS))
        if not found and not is_data_directory(self.data):
            endings = ", ".join(RDF_FORMATS)
            raise InputError(f"{self.data}: holds no RDF file; they end in one of {endings}")
        return found

    def rules(self) -> list[str]:
        """The CONSTRUCT rules, in order."""
        return _listed(self.folder("queries", "rules"), ".rq")

    def shapes(self) -> list[str]:
        """The SHACL files, in order."""
        return _listed(self.folder("ontology", "shapes"), ".ttl")

    def stamp(self) -> str:
        """Changes whenever a file that the graph is built from does: names, sizes and times."""
        paths = [path for path, _ in self.files()] + self.rules()
        stats = [(path, os.stat(path)) for path in paths]
        return " ".join(f"{path}:{stat.st_size}:{stat.st_mtime_ns}" for path, stat in stats)


#: What a folder of own data has in it, besides RDF files of any name.
SOURCES, COMMUNIQUES = "sources", "communiques"


def is_data_directory(path: str) -> bool:
    """Whether the folder is one that documents can be ingested into."""
    return os.path.isfile(os.path.join(path, "judgements.tsv")) and os.path.isdir(
        os.path.join(path, SOURCES)
    )


def _listed(folder: str, *endings: str) -> list[str]:
    names = (name for name in os.listdir(folder) if name.lower().endswith(endings))
    return sorted(os.path.join(folder, name) for name in names)


def _slug(path: str) -> str:
    stem = os.path.splitext(os.path.basename(path))[0]
    return re.sub(r"[^\w.-]+", "-", stem)


def shipped(data: str | os.PathLike[str] | None = None) -> Inputs:
    """The ontology, data and queries that come with bilat, and a folder of own RDF files.

    They are in the wheel, or in a checkout beside ``src``.
    """
    package = os.path.dirname(os.path.abspath(__file__))
    checkout = os.path.dirname(os.path.dirname(package))
    root = package if os.path.isdir(os.path.join(package, "ontology")) else checkout
    return Inputs(root, os.path.abspath(data) if data else None)
