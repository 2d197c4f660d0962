"""Where a graph comes from: the shipped ontology, data and queries, and a user's own files."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from bilat.errors import InputError
from bilat.files import RDF_FORMATS
from bilat.namespaces import GRAPH, ONTOLOGY_GRAPH, REFERENCE_GRAPH


class Inputs(NamedTuple):
    """What a graph is built from: a folder with ontology, data and queries, and own data."""

    root: Path
    data: Path | None = None

    def files(self) -> list[tuple[Path, str]]:
        """The RDF files with the IRI of the graph that their bare triples go to, in order."""
        ontology, data = self.root / "ontology", self.root / "data"
        found = [(ontology / "bilat.ttl", ONTOLOGY_GRAPH)]
        found += [
            (path, ONTOLOGY_GRAPH) for path in sorted((ontology / "vocabularies").glob("*.ttl"))
        ]
        found += [(path, REFERENCE_GRAPH) for path in sorted((data / "reference").glob("*.ttl"))]
        found += [(path, GRAPH + path.stem) for path in sorted((data / "sources").glob("*.trig"))]
        if self.data is not None:
            if not self.data.is_dir():
                raise InputError(
                    f"{self.data}: no such directory; --data names a folder of RDF files"
                )
            own = (path for path in sorted(self.data.rglob("*")) if path.suffix in RDF_FORMATS)
            found += [(path, GRAPH + re.sub(r"[^\w.-]+", "-", path.stem)) for path in own]
        return found

    def rules(self) -> list[Path]:
        """The CONSTRUCT rules, in order."""
        return sorted((self.root / "queries" / "rules").glob("*.rq"))

    def shapes(self) -> list[Path]:
        """The SHACL files, in order."""
        return sorted((self.root / "ontology" / "shapes").glob("*.ttl"))

    def stamp(self) -> str:
        """Changes whenever a file that the graph is built from does: names, sizes and times."""
        stats = [(str(path), os.stat(path)) for path in [f for f, _ in self.files()] + self.rules()]
        return " ".join(f"{path}:{stat.st_size}:{stat.st_mtime_ns}" for path, stat in stats)


def shipped() -> Inputs:
    """The ontology, data and queries that come with bilat: in the wheel, or beside ``src``."""
    package = Path(__file__).parent
    return Inputs(package if (package / "ontology").is_dir() else package.parents[1])
