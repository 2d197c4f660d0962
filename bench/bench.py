"""Measure bilat against named peers in one run, as ratios, and write BENCHMARKS.md."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import pyoxigraph as ox
import rdflib

import bilat
from bilat.build import build
from bilat.inputs import shipped
from bilat.results import serialise
from bilat.validate import validate_graph

if TYPE_CHECKING:
    from cases import Case

ROOT = Path(__file__).parents[1]
REPEATS = 5

#: Seconds after which a question to rdflib is given up; it then counts as that.
LIMIT = 20


def median(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median seconds of the action."""
    times = []
    for _ in range(repeats):
        started = perf_counter()
        action()
        times.append(perf_counter() - started)
    return statistics.median(times)


class TooSlowError(Exception):
    """The time allowed is over."""


def at_most(action: Callable[[], object]) -> float:
    """Median seconds as above; LIMIT where one run would take longer, one run where it is slow."""

    def stop(*_: object) -> None:
        raise TooSlowError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT)
    try:
        first = median(action, 1)
    except TooSlowError:
        return LIMIT
    finally:
        signal.alarm(0)
    return first if first > 1 else median(action)


def measure_build() -> list[str]:
    """Build of the shipped data against rdflib parsing the same files into one Dataset."""
    directory = Path(tempfile.mkdtemp())

    def rdflib_parse() -> None:
        dataset = rdflib.Dataset()
        for path, _ in shipped().files():
            dataset.parse(path)

    ours = median(lambda: build(shipped(), directory))
    theirs = median(rdflib_parse)
    shutil.rmtree(directory)
    return [
        "## Build of the shipped data",
        "",
        "bilat parses, derives, writes the store to disk and swaps it in; rdflib only parses.",
        "",
        "| | s |",
        "|---|---|",
        f"| `bilat build` | {ours:.2f} |",
        f"| rdflib, parse alone | {theirs:.2f} |",
        f"| **rdflib ÷ bilat** | **{theirs / ours:.1f}** |",
    ]


def measure_questions(kg: bilat.KnowledgeGraph) -> list[str]:
    """Each question in Oxigraph, rows made Python values, against rdflib on the same triples."""
    named = [q for q in kg.store.quads() if isinstance(q.graph_name, ox.NamedNode)]
    graph = rdflib.Dataset(default_union=True)
    graph.parse(data=serialise(named, "nquads"), format="nquads")
    lines = []
    sums = [0.0, 0.0]
    for name, question in kg.questions().items():
        ours = median(lambda text=question.text: list(kg.store.select(text)))  # type: ignore[misc]
        theirs = at_most(lambda text=question.text: list(graph.query(text)))  # type: ignore[misc]
        sums[0] += ours
        sums[1] += theirs
        more = "> " if theirs >= LIMIT else ""
        lines.append(
            f"| {name} | {1000 * ours:.1f} | {more}{1000 * theirs:.1f} "
            f"| {more}{theirs / ours:.0f} |"
        )
    return [
        "## Questions, each with the parameters of its file",
        "",
        f"Where rdflib takes over 1 s it is run once, and given up after {LIMIT} s, which it then "
        "counts as: the last line is a lower bound.",
        "",
        "| question | bilat ms | rdflib ms | rdflib ÷ bilat |",
        "|---|---|---|---|",
        *lines,
        f"| **all {len(lines)} together** | **{1000 * sums[0]:.0f}** | **{1000 * sums[1]:.0f}** "
        f"| **{sums[1] / sums[0]:.0f}** (to reach: 20) |",
    ]


def measure_validation(kg: bilat.KnowledgeGraph) -> list[str]:
    """SHACL over all that is stated: the fast engine as bilat calls it, against pySHACL alone."""
    data, shapes = kg.store.stated(), [Path(path) for path in shipped().shapes()]
    ours = median(lambda: validate_graph(data, shapes, "shifty"))
    theirs = median(lambda: validate_graph(data, shapes, "pyshacl"))
    return [
        "## Validation of the shipped data",
        "",
        "| | s |",
        "|---|---|",
        f"| `bilat validate` (pyshifty) | {ours:.2f} |",
        f"| pySHACL, the same shapes and data | {theirs:.2f} |",
        f"| **pySHACL ÷ bilat** | **{theirs / ours:.0f}** (to reach: 20) |",
    ]


def measure_start(kg: bilat.KnowledgeGraph) -> list[str]:
    """``bilat ask`` from the shell, start-up included, against importing the engine in Python."""
    # byte code is kept, as pip keeps it for an installed package
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    scripts = Path(sys.executable).parent

    def call(*command: str | Path) -> Callable[[], object]:
        return lambda: subprocess.run(
            [str(word) for word in command],
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    bare = median(call(sys.executable, "-c", "import pyoxigraph"), 25)
    lines = []
    for words in (
        ("ask", "who-cooperates-with", "--country", "KZ", "--partner", "Serbia"),
        ("ask", "holder-of-post"),
    ):
        seconds = median(call(scripts / "bilat", *words), 25)
        lines.append(f"| `bilat {' '.join(words)}` | {1000 * seconds:.0f} | {seconds / bare:.1f} |")
    return [
        "## Start-up (medians of 25)",
        "",
        "| | ms | ÷ first line (to reach: under 4) |",
        "|---|---|---|",
        f'| `python -c "import pyoxigraph"` | {1000 * bare:.0f} | 1 |',
        *lines,
    ]


def measure_reconciliation() -> list[str]:
    """Names of labelled pairs: how many are told apart, and how fast, against rapidfuzz alone."""
    sys.path.append(str(ROOT / "tests"))
    from rapidfuzz import process

    from bilat.names import _read_institution as read_institution
    from bilat.names import countries, tokens
    from bilat.reconcile import Known, Reconciler, known_entities
    from pairs import pairs, score

    lines = []
    for half, title in (
        ("tuned", "the half that the rules were tuned on"),
        ("held", "the half held aside"),
        ("unseen", "written after the rules"),
    ):
        s = score(pairs(half))
        lines.append(
            f"| {title} | {s.pairs} | {s.precision:.3f} | {s.recall:.2f} "
            f"| {s.recall_with_proposals:.2f} |"
        )
    asked = [pair for pair in pairs("tuned") + pairs("held") if pair.kind == "institution"]
    names = [(pair.name_a, pair.country_a) for pair in asked]
    few = known_entities([path for path, _ in shipped().files()])
    few += [Known(f"x:{i}", (p.name_b,), p.country_b, "institution") for i, p in enumerate(asked)]
    many = few + [
        Known(f"x:{code}-{i}", (f"{p.name_b}, {label}",), code, "institution")
        for code, label in countries().labels.items()
        for i, p in enumerate(asked[:60])
    ]
    speeds = []
    for known in (few, many):
        labels = [label for one in known for label in one.labels]
        reconciler = Reconciler(known)

        def reconcile(reconciler: Reconciler = reconciler) -> None:
            for cached in (tokens, read_institution):  # names are new to it
                cached.cache_clear()
            for name in names:
                reconciler.institution(*name)

        ours = median(reconcile)
        some = names[:: len(labels) // 400 or 1]
        theirs = median(lambda ls=labels, ns=some: [process.extractOne(n, ls) for n, _ in ns])  # type: ignore[misc]
        per_second = len(names) / ours, len(some) / theirs
        speeds.append(
            f"| {len(labels):,} | {per_second[0]:,.0f} | {per_second[1]:,.0f} "
            f"| {per_second[0] / per_second[1]:.1f} |"
        )
    return [
        "## Reconciliation",
        "",
        "Pairs of names, labelled same or different by hand (`tests/reconciliation/`). Precision "
        "is that of automatic matches; the last column counts a proposal as found. Pairs that only "
        "knowledge tells (a new name) are in it.",
        "",
        "| pairs | number | precision (to reach: 0.99) | recall | recall with proposals |",
        "|---|---|---|---|---|",
        *lines,
        "",
        "Speed against `rapidfuzz.process.extractOne` over the same labels, which compares "
        "with all of them, gives no reasons and knows of no countries:",
        "",
        "| labels | bilat names/s | rapidfuzz names/s | bilat ÷ rapidfuzz |",
        "|---|---|---|---|",
        *speeds,
    ]


def measure_reading() -> list[str]:
    """Labelled communiqués: what is found in them, how fast, and how the time grows."""
    sys.path.append(str(ROOT / "tests"))
    from bilat.communique import read
    from cases import FOLDER, KEPT_ASIDE, LARGE, MEASURES, SHARED, START, cases, digests, score

    dev = cases(SHARED / "dev")
    sets = {
        "shared, tuned on": [case for case in dev if case.name[:3] not in KEPT_ASIDE],
        "shared, kept aside": [case for case in dev if case.name[:3] in KEPT_ASIDE],
        "own, tuned on": list(cases(FOLDER / "tuned")),
        "own, never seen": list(cases(FOLDER / "unseen")),
    }
    sets = {name: some for name, some in sets.items() if some}
    if dev:
        figures = {name: by_score_py(some) for name, some in sets.items()}
        scorer = "Counted by the scorer of the shared cases."
    else:
        figures = {
            name: {m: (f.precision, f.recall, f.f1) for m, f in score(some).items()}
            for name, some in sets.items()
        }
        scorer = "Counted by `tests/cases.py`, as the shared cases and their scorer are absent."
    rows = []
    for measure in MEASURES:
        cells = (" / ".join(f"{n:.2f}" for n in some[measure]) for some in figures.values())
        rows.append(f"| {measure} | {' | '.join(cells)} |")

    texts = [case.text for some in sets.values() for case in some] + list(digests().values())
    read(texts[0])  # the lexicons are loaded
    ours = median(lambda: [read(text) for text in texts])
    speed = [f"| `bilat.communique.read` | {len(texts) / ours:,.0f} | 1 |"]
    try:
        import spacy

        tokenise = spacy.blank("en")
        theirs = median(lambda: [tokenise(text) for text in texts])
        speed.append(
            f"| spaCy {version('spacy')}, words alone (`spacy.blank`) "
            f"| {len(texts) / theirs:,.0f} | {ours / theirs:.1f} |"
        )
    except ImportError:
        speed.append("| spaCy is not installed (`pip install 'bilat[bench]'`) | | |")

    growth = []
    for name, large in LARGE.items():
        times = []
        for share in (0.25, 1):
            text = large.text(share)
            times.append(median(lambda text=text: read(text, language="en"), 3))  # type: ignore[misc]
        growth.append(
            f"| {name} | {len(text) - len(START):,} | {1000 * times[1]:.0f} "
            f"| {times[1] / times[0]:.1f} |"
        )
    return [
        "## Reading communiqués",
        "",
        "Precision / recall / F1 over labelled cases. Rules were written with those that are tuned "
        f"on, and without the others. {scorer}",
        "",
        f"| | {' | '.join(f'{name} ({len(some)})' for name, some in sets.items())} |",
        f"|---|{'---|' * len(sets)}",
        *rows,
        "",
        f"Speed on one core over the {len(texts)} texts of these cases and of the shipped data, "
        f"{sum(map(len, texts)) / len(texts):,.0f} characters each on average; the peer only takes "
        "the same texts apart into words, in the same run:",
        "",
        "| | texts/s | time of bilat ÷ that |",
        "|---|---|---|",
        *speed,
        "",
        "Large and odd texts, with how much longer four times the text takes (linear: 4):",
        "",
        "| text | characters | ms | growth from a quarter |",
        "|---|---|---|---|",
        *growth,
    ]


def by_score_py(of: Iterable[Case]) -> dict[str, tuple[float, float, float]]:
    """Precision, recall and F1 by measure, as the shared scorer counts them."""
    from cases import SHARED, predict

    gold = Path(tempfile.mkdtemp())
    of = list(of)
    for case in of:
        (gold / f"{case.name}.json").write_text(json.dumps(case.gold), encoding="utf-8")

    def run(predicted: Path) -> dict[str, dict[str, float]]:
        command = [sys.executable, SHARED / "score.py", gold, predicted, "--json"]
        result = subprocess.run(list(map(str, command)), capture_output=True, check=True)
        figures: dict[str, dict[str, float]] = json.loads(result.stdout)
        return figures

    figures = predict(of, run)
    shutil.rmtree(gold)
    return {measure: (f["p"], f["r"], f["f1"]) for measure, f in figures.items()}


def replace_section(lines: list[str]) -> None:
    """Put the section in the place of the one with its heading in BENCHMARKS.md, or at the end."""
    path, text = ROOT / "BENCHMARKS.md", "\n".join(lines)
    before, _, rest = path.read_text(encoding="utf-8").partition(lines[0] + "\n")
    _, heading, after = rest.partition("\n## ")
    path.write_text(f"{before.rstrip()}\n\n{text}\n{heading}{after}", encoding="utf-8")
    print(text)


def section_there(heading: str) -> list[str]:
    """The lines of a section of BENCHMARKS.md that other programs write, if it is there."""
    text = (ROOT / "BENCHMARKS.md").read_text(encoding="utf-8")
    _, found, rest = text.partition(f"\n{heading}\n")
    return [heading, *rest.partition("\n## ")[0].rstrip().splitlines()] if found else []


def main() -> None:
    """Measure everything and write BENCHMARKS.md beside pyproject.toml.

    With the word ``reconciliation`` or ``reading``, only that section is measured and replaced.
    """
    sections = {"reconciliation": measure_reconciliation, "reading": measure_reading}
    if sys.argv[1:]:
        return replace_section(sections[sys.argv[1]]())
    kg = bilat.open()
    size = kg.store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0].n
    peers = ", ".join(
        f"{name} {version(name)}" for name in ("pyoxigraph", "rdflib", "pyshifty", "pyshacl")
    )
    parts = [
        [
            "# Benchmarks",
            "",
            "Written by `make bench`, medians of 5 in one run unless said otherwise; "
            "trust the ratios, not the digits.",
            "",
            f"bilat {bilat.__version__}, {size:,} triples in the default graph; Python "
            f"{platform.python_version()}, {os.cpu_count()} cores, {platform.system()} "
            f"{platform.machine()}; {peers}.",
        ],
        measure_start(kg),
        measure_build(),
        measure_questions(kg),
        measure_validation(kg),
        measure_reconciliation(),
        measure_reading(),
        section_there("## Large graphs"),
    ]
    text = "\n\n".join("\n".join(part) for part in parts if part) + "\n"
    (ROOT / "BENCHMARKS.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
