"""What `large.py` measured, as a section of BENCHMARKS.md."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

Result = dict[str, Any]
Results = dict[str, dict[str, Result]]

#: What is to be reached: a question so many times faster than the plain store, or in so many ms.
FASTER, FAST = 20, 100


def section(results: Results) -> list[str]:
    """The lines of the section, of all sizes that there are."""
    sizes = list(results)
    parts = [loading, questions, networks, validation, exports, increments]
    parts += [growth] if len(sizes) > 1 else []
    lines = [
        "## Large graphs",
        "",
        "Written by `make bench-large`: invented sources in the form of the shipped ones, written "
        "by `bench/generate.py`, with the shipped data. Everything ran in a process of its own, "
        "once; seconds are wall time with start-up, memory is the peak of all processes of a "
        "command together. “Plain store” is Oxigraph on disk with the same quads without what "
        "rules derive, made by a bare bulk load. “> 60” was ended there; – was not run.",
    ]
    for part in parts:
        lines += ["", *part(results, sizes)]
    return lines


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A table in Markdown."""
    head = list(head)
    return [line(head), line("---" for _ in head), *(line(row) for row in rows)]


def line(cells: Iterable[str]) -> str:
    """A row in Markdown."""
    return f"| {' | '.join(cells)} |"


def seconds(result: Result | None) -> str:
    """How long it took."""
    if not result or result["ended"] == "left out":
        return "–"
    if result["ended"] != "done":
        return f"> {result['seconds']:.0f}" if result["ended"] == "limit" else result["ended"]
    return number(result["seconds"])


def number(value: float) -> str:
    """Three digits or so."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 1 else f"{value:.2f}"


def cost(result: Result | None) -> str:
    """How long it took, with memory."""
    shown = seconds(result)
    return shown if not result or "mb" not in result else f"{shown} s, {result['mb']:,} MB"


def ratio(one: float | None, other: float | None) -> str:
    """How many times the other is the one."""
    return f"{one / other:.1f}" if one and other else "–"


def took(result: Result | None) -> float | None:
    """Seconds, where it ended."""
    return result["seconds"] if result and result["ended"] == "done" else None


def first(result: Result | None) -> float | None:
    """The seconds that a process itself told of, start-up apart."""
    done = result and result["ended"] == "done" and result.get("lines")
    return float(result["lines"][-1][0]) if done and result else None


def loading(results: Results, sizes: list[str]) -> list[str]:
    """Build against bare load."""
    rows = []
    for size in sizes:
        of = results[size]
        built, loaded = of.get("build"), of.get("load_pyoxigraph")
        if not built or "stages" not in built:
            continue
        reading = built["stages"].get("reading", 0.0)
        later = {name: spent for name, spent in built["stages"].items() if name != "reading"}
        stages = ", ".join(f"{name} {number(spent)}" for name, spent in later.items())
        apart = built["inner"] - later.get("deriving", 0.0)
        bare = first(loaded)
        rows.append([
            size, cost(built), number(reading), stages or "–", f"{cost(loaded)}",
            seconds(of.get("load_rdflib")), ratio(apart, bare),
            f"{built['disk_mb']:,} / {(loaded or {}).get('disk_mb', 0):,}",
        ])  # fmt: skip
    head = (
        "triples", "build", "of it reading and loading s", "then s", "pyoxigraph, bare bulk load",
        "rdflib, parse s", "build without “deriving” ÷ bare load (to reach: 1.6)",
        "MB on disk, bilat / bare",
    )  # fmt: skip
    return ["### Load", "", *table(head, rows)]


def answers(of: dict[str, Result], action: str, name: str) -> tuple[float | None, int | None]:
    """Seconds and rows of a question."""
    found = of.get(action, {}).get("answers", {}).get(name, (None, None))
    return found[0], found[1]


def milliseconds(of: dict[str, Result], action: str, name: str) -> str:
    """How long a question took."""
    if name not in of.get(action, {}).get("answers", {}):
        return "–"
    spent, _ = answers(of, action, name)
    return f"> {1000 * of[action]['limit']:,.0f}" if spent is None else f"{1000 * spent:,.1f}"


def faster(of: dict[str, Result], name: str) -> tuple[str, bool]:
    """How many times faster than the plain store bilat answers, and whether that is enough."""
    ours, _ = answers(of, "questions_bilat", name)
    theirs, _ = answers(of, "questions_pyoxigraph", name)
    if ours is None or name not in of["questions_pyoxigraph"]["answers"]:
        return "–", ours is not None and ours < FAST / 1000
    least = theirs or of["questions_pyoxigraph"]["limit"]
    enough = ours < FAST / 1000 or least / ours >= FASTER
    return f"{'' if theirs else '> '}{least / ours:.1f}{'' if enough else ' ✗'}", enough


def questions(results: Results, sizes: list[str]) -> list[str]:
    """Questions by size and peer."""
    sizes = [size for size in sizes if "questions_bilat" in results[size]]
    names = sorted({name for size in sizes for name in results[size]["questions_bilat"]["answers"]})
    columns = ("questions_bilat", "questions_pyoxigraph", "questions_server", "questions_rdflib")
    titles = ("bilat", "plain", "server", "rdflib")
    head, rows = ["question"], [[name] for name in [*names, "peak memory, MB"]]
    reached = []
    for size in sizes:
        of = results[size]
        for action, title in zip(columns, titles, strict=True):
            if action in of:
                head.append(f"{size}: {title} ms")
                for row, name in zip(rows, names, strict=False):
                    row.append(milliseconds(of, action, name))
                rows[-1].append(f"{of[action]['mb']:,}")
        head.append("plain ÷ bilat")
        for row, name in zip(rows, names, strict=False):
            row.append(faster(of, name)[0])
        rows[-1].append("–")
        enough = sum(faster(of, name)[1] for name in names)
        reached.append(f"{enough} of {len(names)} at {size}")
    differing = sorted(
        {
            name
            for name in names
            for of in (results[size] for size in sizes)
            for plain in [answers(of, "questions_pyoxigraph", name)[1]]
            if plain is not None and answers(of, "questions_bilat", name)[1] not in (plain, None)
        }
    )
    return [
        "### Questions on the store on disk",
        "",
        "Each with the parameters of its file, rows made Python values. The plain store, the "
        "`oxigraph` server (over HTTP, ended after 20 s) and rdflib (in memory, after 20 s) are "
        "asked `bench/nary/`: the same without the links that rules derive, through the parties "
        f"of the instruments. To reach: {FASTER} times faster than the plain store or under "
        f"{FAST} ms ({', '.join(reached)}); ✗ has neither. What a rule alone gives is missing "
        "from the peers’ rows, and an instrument of more than 8 countries is of no pair only with "
        f"bilat, so that the number of rows differs for {', '.join(differing) or 'none'}.",
        "",
        *table(head, rows),
    ]


def networks(results: Results, sizes: list[str]) -> list[str]:
    """Views, and opening."""
    rows = []
    for size in sizes:
        of = results[size]
        for view in ("countries", "institutions"):
            who = ("bilat", "pyoxigraph", "weights", "rdflib")
            ours, plain, *others = (of.get(f"network_{peer} {view}") for peer in who)
            if ours:
                cells = (told(result) for result in (ours, plain, *others))
                rows.append([size, view, *cells, ratio(first(plain), first(ours))])
    opened = [
        [size, *(f"{1000 * (first(results[size].get(f'open_{who}')) or 0):.1f}" for who in pair)]
        for size in sizes
        for pair in [("bilat", "pyoxigraph")]
        if "open_bilat" in results[size]
    ]
    head = (
        "triples", "view", "bilat", "plain store, SELECT + networkx", "the weights alone",
        "rdflib + networkx", "plain ÷ bilat (to reach, countries: 10)",
    )  # fmt: skip
    return [
        "### Networks",
        "",
        "Those made by hand have the names, types and fields that bilat’s views have, from one "
        "SELECT; the weights alone need no more than the countries or bodies of each instrument. "
        "Opening and imports are not counted here.",
        "",
        *table(head, rows),
        "",
        *table(("triples", "opening, bilat ms (to reach: 100)", "pyoxigraph ms"), opened),
    ]


def told(result: Result | None) -> str:
    """Seconds of the work itself, memory, and the size of a network."""
    spent = first(result)
    if spent is None or not result:
        return seconds(result)
    _, nodes, edges = result["lines"][-1]
    return f"{number(spent)} s, {result['mb']:,} MB ({nodes:,} nodes, {edges:,} edges)"


VALIDATORS = ("bilat", "pyshifty", "topbraid", "pyshacl")


def validation(results: Results, sizes: list[str]) -> list[str]:
    """Validators by size, and where they disagree."""
    rows, notes = [], []
    for size in sizes:
        of = results[size]
        ours = of.get("validate_bilat")
        for who in VALIDATORS:
            result = of.get(f"validate_{who}")
            if not result:
                continue
            found = str(result.get("findings", "–"))
            seeded = (
                f"{result['seeded_found']} of {result['seeded']}" if "seeded" in result else "–"
            )
            more, less = result.get("only_here"), result.get("only_bilat")
            differs = "–" if more is None else f"{len(more)} / {len(less or [])}"
            rows.append([
                size, who, cost(result), ratio(took(ours), took(result)), found, seeded, differs,
            ])  # fmt: skip
            notes += [
                f"- {size}, {who}: {len(some)} found by {whom} alone, such as {example(some)}."
                for some, whom in ((more, "it"), (less, "bilat"))
                if some
            ]
    head = (
        "triples", "validator", "cost", "bilat ÷ it (to reach for pyshifty: 0.5)", "findings",
        "seeded found", "only it / only bilat",
    )  # fmt: skip
    return [
        "### Validation",
        "",
        "All shapes over all that is stated. Findings are compared by focus node, constraint "
        "component and path.",
        "",
        *table(head, rows),
        *(["", *notes] if notes else []),
    ]


def example(rows: list[list[str]]) -> str:
    """The first of some findings, in short."""
    focus, component, path = (text.rpartition("#")[2].rpartition("/")[2] for text in rows[0])
    return f"`{focus}` ({component.removesuffix('ConstraintComponent')}, {path or 'no path'})"


def exports(results: Results, sizes: list[str]) -> list[str]:
    """Exports by size and format."""
    rows = []
    for size in sizes:
        for syntax in ("turtle", "nquads"):
            of = {w: results[size].get(f"export_{w} {syntax}") for w in ("bilat", "pyoxigraph")}
            if of["bilat"]:
                by_rdflib = first(results[size].get(f"export_rdflib {syntax}"))
                cells = (cost(of["bilat"]), cost(of["pyoxigraph"]))
                rows.append([size, syntax, *cells, number(by_rdflib) if by_rdflib else "–"])
    return [
        "### Export",
        "",
        "bilat writes the same bytes for the same data, so it sorts; a dump has no order. rdflib’s "
        "figure is without reading.",
        "",
        *table(("triples", "format", "bilat", "pyoxigraph, dump", "rdflib s"), rows),
    ]


def increments(results: Results, sizes: list[str]) -> list[str]:
    """Building again."""
    rows = []
    for size in sizes:
        built, again, back = (
            results[size].get(key) for key in ("build", "build_changed", "build_changed_back")
        )
        if again:
            cells = (seconds(built), cost(again), cost(back))
            rows.append([size, *cells, ratio(took(built), took(again))])
    head = ("triples", "full build s", "after one triple more", "after it was taken away")
    return [
        "### Building again after one source of many has changed",
        "",
        *table((*head, "full ÷ again (to reach at 1M: 20)"), rows),
    ]


def growth(results: Results, sizes: list[str]) -> list[str]:
    """How much more ten times the data costs."""
    keys = (
        "build", "load_pyoxigraph", "network_bilat countries", "network_bilat institutions",
        "validate_bilat", "validate_pyshifty", "export_bilat nquads", "build_changed",
    )  # fmt: skip
    rows = []
    for key in keys:
        spent = [took(results[size].get(key)) for size in sizes]
        steps = [ratio(after, before) for before, after in pairwise(spent)]
        rows.append([key.replace("_", " "), *steps])
    asked = [
        [answers(results[size], "questions_bilat", name)[0] for size in sizes]
        for name in results[sizes[0]].get("questions_bilat", {}).get("answers", {})
    ]
    sums = [sum(spent) if all(spent) else None for spent in zip(*asked, strict=True)] or [
        None
    ] * len(sizes)
    steps = [ratio(after, before) for before, after in pairwise(sums)]
    rows.append(["all questions, bilat", *steps])
    head = [f"{one} → {other}" for one, other in pairwise(sizes)]
    return ["### Growth: how many times longer", "", *table(["", *head], rows)]
