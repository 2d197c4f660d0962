"""The architecture holds: imports go downwards, and each engine has its one importer."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "bilat"

LAYERS = {
    "loading": 1, "changes": 2, "rules": 1, "derived": 2, "edges": 2, "build": 3,
    "errors": 0, "namespaces": 0, "version": 0, "files": 0, "inputs": 0,
    "results": 1, "store": 1, "names": 1, "spelling": 1, "judgements": 1, "countries": 1,
    "endpoint": 1, "remote": 1, "mistakes": 1, "reconcile": 2,
    "questions": 2, "lookup": 2, "reach": 2, "shards": 3,
    "findings": 2, "reports": 2, "positions": 2, "expectations": 2, "validate": 3,
    "nearby": 3, "revalidate": 4,
    "network": 3, "diagram": 4, "ordering": 2, "export": 4, "push": 4,
    "knowledge_graph": 5, "__init__": 5,
    "rdf": 4, "ingest": 5, "reading": 5, "tables": 5,
    "record": 0, "documents": 1, "communique": 2,
    "tour": 6, "server": 6, "cli": 6, "__main__": 6,
}  # fmt: skip

#: The parts of the reader of communiqués, each of which imports only from those before it.
COMMUNIQUE = (
    "letters", "lexicon", "page", "blocks", "extent", "bodies", "sides", "matter", "title",
    "sentences", "days", "opening", "scene", "names", "offices", "people", "honours",
    "drafts", "status", "signatories", "lists", "plurals", "prose", "writer", "reader", "__init__",
)  # fmt: skip

ENGINES = {
    "networkx": {"network"},
    "matplotlib": {"diagram"},
    "rdflib": {"validate", "reach"},
    "polars": {"derived", "edges", "results", "shards", "tables"},
    "lark": {"positions"},
    "pyshacl": {"validate"},
    "shifty": {"validate"},
    "argparse": {"cli"},
    "trafilatura": {"documents"},
    "lxml": {"documents"},
    "charset_normalizer": {"documents"},
    "pypdf": {"documents"},
    "rapidfuzz": {"names", "reconcile", "spelling"},
    "python_calamine": {"tables"},
    "urllib3": {"endpoint"},
    "fastapi": {"server"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "jinja2": {"server"},
    "mimeparse": {"server"},
}

FILES = sorted(SOURCE.rglob("*.py"))


def module_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def runtime_imports(path: Path) -> set[str]:
    """Names of the modules that the file imports when it runs, wherever in the file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = [ast.Pass()]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "relative imports hide what is imported"
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(SOURCE)) for p in FILES])
def test_imports_go_downwards(path: Path) -> None:
    own = module_of(path)
    for name in runtime_imports(path):
        parts = [*name.split("."), "__init__"]
        if parts[0] == "bilat" and parts[1] in LAYERS and parts[1] != own:
            assert LAYERS[parts[1]] <= LAYERS[own], f"{own} imports {name}, which is above it"


@pytest.mark.parametrize("name", COMMUNIQUE)
def test_the_parts_of_the_reader_import_downwards(name: str) -> None:
    path = SOURCE / "communique" / f"{name}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    parts = {module.split(".")[2] for module in imports if module.startswith("bilat.communique.")}
    below = COMMUNIQUE[: COMMUNIQUE.index(name)]
    assert parts <= set(below), f"{name} imports {sorted(parts - set(below))}, which is above it"


def test_all_parts_of_the_reader_have_their_place() -> None:
    assert {path.stem for path in (SOURCE / "communique").glob("*.py")} == set(COMMUNIQUE)


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(SOURCE)) for p in FILES])
def test_each_engine_has_its_one_importer(path: Path) -> None:
    own = module_of(path)
    for name in runtime_imports(path):
        allowed = ENGINES.get(name.split(".")[0])
        assert allowed is None or own in allowed, f"{own} imports {name}"


def test_only_the_command_line_reads_the_environment() -> None:
    readers = {
        module_of(path)
        for path in FILES
        if re.search(r"\bos\.(environ|getenv)\b", path.read_text("utf-8"))
    }
    assert readers == {"cli"}
