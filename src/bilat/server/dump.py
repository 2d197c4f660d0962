"""One file of the whole data set: the graph in a format, its description, all paths of pages.

``python -m bilat.server.dump NAME FILE`` with the settings of a worker as a line of JSON on its
standard input, which the server holds as long as it runs. The file is there when it is whole.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import IO, TYPE_CHECKING

from bilat.errors import BilatError
from bilat.server.addresses import DATA_FORMATS, page_of
from bilat.server.machine import FOR_WHOLES
from bilat.store import EmbeddedStore

if TYPE_CHECKING:
    from bilat.knowledge_graph import KnowledgeGraph

#: The files by name, with the format of each.
FILES = {f"bilat.{suffix}": format for suffix, format in DATA_FORMATS.items()}

#: What the data set is, in VoID and DCAT, and the paths of all documents, one a line.
DESCRIPTION, PATHS = "description.ttl", "paths.txt"

#: The register of :mod:`bilat.server.lists`.
REGISTER = "register.sqlite"

#: Files that take little memory, so that none waits for another to be made.
SMALL = frozenset((DESCRIPTION, REGISTER))


def write(kg: KnowledgeGraph, name: str, output: IO[bytes]) -> None:
    """Write the file of that name: the bytes of ``bilat export`` and ``bilat describe``."""
    suffix, _, graph = name.partition(" ")
    if name == DESCRIPTION:
        output.write(kg.describe())
    elif name == PATHS:
        output.writelines(f"{path}\n".encode() for path in paths(kg))
    elif name == REGISTER:
        from bilat.server.lists import write_register

        assert isinstance(kg.store, EmbeddedStore)  # a store behind an address is asked
        write_register(kg.store, output.name)
    elif name in FILES:
        kg.write(output, FILES[name].name)
    else:
        kg.write(output, DATA_FORMATS[suffix].name, graph)


def file_of_graph(iri: str, suffix: str) -> str:
    """The name of the file that has one graph."""
    return f"{suffix} {iri}"


def paths(kg: KnowledgeGraph) -> list[str]:
    """The paths of the documents about all that anything is said of, sorted."""
    found = {_path(name) for name in kg.store.graph_names()} | _paths_of_subjects(kg)
    return sorted(found - {""})


def _paths_of_subjects(kg: KnowledgeGraph) -> set[str]:
    query = "SELECT DISTINCT ?s { ?s ?p ?o FILTER(ISIRI(?s)) }"
    if isinstance(kg.store, EmbeddedStore):  # without all terms in memory at once
        return kg.store.run(query, lambda rows: {_path(row[0].value) for row in rows})
    return {_path(row.s) for row in kg.store.select(query)}


def _path(iri: str) -> str:
    return (page_of(iri) or "").partition("#")[0]


def main() -> None:
    """Write one file; ends with status 1, and a line on standard error, where it cannot."""
    name, file = sys.argv[1:]
    try:
        _write_in_place(name, file)
    except (BilatError, OSError, MemoryError) as error:
        sys.exit(f"bilat: {name} could not be made: {str(error) or 'it takes too much memory'}")


def _write_in_place(name: str, file: str) -> None:
    from bilat.files import replacing
    from bilat.knowledge_graph import open
    from bilat.server.worker import end_with_the_server

    settings = json.loads(sys.stdin.buffer.readline())
    end_with_the_server()
    os.nice(10)
    if most := FOR_WHOLES * settings["memory"]:
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    kg = open(
        settings["store"] or None,
        data=settings["data"],
        headers=settings["headers"],
        timeout=settings["timeout"],
    )
    with replacing(file) as output:
        write(kg, name, output)


if __name__ == "__main__":
    main()
