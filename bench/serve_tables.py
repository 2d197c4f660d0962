"""What `serve.py` measured, as a section of BENCHMARKS.md."""

from __future__ import annotations

from typing import Any

from large_tables import table

Result = dict[str, Any]

SERVERS = ("bilat", "oxigraph", "rdflib-endpoint")
PARTS = ("alone", "mix", "mix without thousands of UNIONs")
MIXED = ("bilat", "oxigraph", "oxigraph --timeout-s 15", "rdflib-endpoint")


def section(results: dict[str, Result]) -> list[str]:
    """The lines of the section, of all sizes that there are."""
    lines = [
        "## Over HTTP",
        "",
        "Written by `make bench-serve`: `bilat serve` as it comes, `oxigraph serve-read-only` on "
        "the same store, and `rdflib-endpoint serve` on a file of its named graphs, one after the "
        "other, each asked by a client of its own process (`wrk`, 8 connections that are kept) on "
        "the same machine. “Cold” queries have each a comment of its own, so that no answer that "
        "was kept is given; “warm” ones are the same again and again, which bilat answers from "
        "memory. A cell has answers a second, then the milliseconds that half and 99 of 100 "
        "answers took at most. – was not run, or had no answer in the second that it was asked. "
        "✗ marks questions to which not all give as many rows.",
    ]
    for size, of in results.items():
        lines += ["", f"### {size}: {of['triples']:,} triples in the default graph"]
        for part in (small, questions, overhead, hostile, attacks):
            found = part(of)
            lines += ["", *found] if found else []
    return lines


def cell(found: Result | None) -> str:
    """What a client found."""
    if not found:
        return "–"
    last = "" if found["p99"] is None else f", {digits(found['p99'])}"
    failures = ("refused", "lost", "late")
    failed = "".join(f", {found[why]:,} {why}" for why in failures if found.get(why))
    rate = f"{found['rate']:,.0f}" if found["rate"] >= 1 else f"{found['rate']:.2f}"
    return f"**{rate}** · {digits(found['p50'])}{last}{failed}"


def digits(value: float) -> str:
    """Milliseconds."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def times(one: Result | None, other: Result | None) -> str:
    """How many times as many answers the one gives."""
    if not one or not other:
        return "–"
    ratio = one["rate"] / other["rate"]
    return f"{ratio:,.0f}" if ratio >= 20 else f"{ratio:.1f}"


def small(of: Result) -> list[str]:
    """Small queries."""
    every = [of.get(server, {}).get("small", {}) for server in SERVERS]
    if not every[0]:
        return []
    rows = []
    for name in every[0]:
        for how in ("cold", "warm"):
            each = [found.get(name, {}).get(how) for found in every]
            rows.append(
                [name, how, *map(cell, each), times(each[0], each[1]), times(each[0], each[2])]
            )
    head = [
        "small query", "", *SERVERS, "bilat ÷ oxigraph (to reach: 1)",
        "bilat ÷ rdflib-endpoint (to reach: 20)",
    ]  # fmt: skip
    return table(head, rows)


def questions(of: Result) -> list[str]:
    """The shipped questions, with the parameters of their files."""
    every = [of.get(server, {}).get("questions", {}) for server in SERVERS]
    if not every[0]:
        return []
    rows = []
    for name in every[0]:
        ours, *others = [found.get(name, {}) for found in every]
        counts = {found["rows"] for found in (ours, *others) if found.get("rows") is not None}
        note = "" if len(counts) < 2 else " ✗"
        cold, peer, slow = [found.get("cold") for found in (ours, *others)]
        row = [name + note, cell(cold), cell(ours.get("warm")), cell(peer), given_up(others[1])]
        rows.append([*row, times(cold, peer), times(cold, slow)])
    for how in ("cold", "warm"):
        each = [of.get(server, {}).get(f"all {how}") for server in SERVERS]
        row = [cell(each[0]), "–"] if how == "cold" else ["–", cell(each[0])]
        row = [f"all in turn, {how}", *row, cell(each[1]), cell(each[2])]
        rows.append([*row, times(each[0], each[1]), times(each[0], each[2])])
    head = [
        "question", "bilat, cold", "bilat, warm", "oxigraph", "rdflib-endpoint",
        "bilat cold ÷ oxigraph", "÷ rdflib-endpoint",
    ]  # fmt: skip
    memory = "; ".join(
        f"{server} {taken[0]:,} MB at the start, {taken[1]:,} at most"
        for server in SERVERS
        if (taken := of.get(server, {}).get("memory", {}).get("questions"))
    )
    return [*table(head, rows), "", f"All processes together: {memory}."]


def given_up(found: Result) -> str:
    """The cell of who may take too long."""
    if found and found.get("rows") is None:
        return f"> {found['first']:.0f} s"
    return cell(found.get("cold"))


def overhead(of: Result) -> list[str]:
    """What HTTP adds."""
    found = of.get("bilat", {}).get("overhead")
    if not found:
        return []
    more = found["outside"] - found["inside"]
    return [
        f"A small query, cold, over one connection takes {found['outside']:.2f} ms (99 of 100: "
        f"{found['outside_p99']:.2f}), in process {found['inside']:.2f} ms: HTTP adds "
        f"**{more:.2f} ms** (to reach: under 5)."
    ]


def hostile(of: Result) -> list[str]:
    """Good requests beside hostile ones."""
    rows = []
    for server in MIXED:
        for part in PARTS:
            found = of.get(server, {}).get(part)
            if found:
                rows.append([server, part, *good(found), f"{found['mb'][0]:,}"])
                rows[-1] += [f"{found['mb'][1]:,}", str(found["after"])]
    if not rows:
        return []
    head = [
        "", "", "good answered", "a second", "p50 ms", "p99 ms", "worst ms",
        "good failed (to reach: 0)", "MB at the start", "MB at most", "afterwards",
    ]  # fmt: skip
    kinds = of.get("bilat", {}).get("mix", {}).get("kinds", {})
    ours = "; ".join(
        f"{kind}: {found['answers']:,}, p50 {digits(found['p50'])}, p99 {digits(found['p99'])} ms"
        for kind, found in kinds.items()
    )
    return [
        "The hostile mix: 48 connections ask pages (where there are any), questions and small "
        "queries, all but the pages cold, 16 ask the queries of `bench/hostile.py`, for 60 s; "
        "“alone” are the 48 for 10 s. bilat ends a query after 15 s, as oxigraph does where it is "
        "told to, rdflib-endpoint cannot; who gets no answer within 30 s leaves.",
        "",
        *table(head, rows),
        "",
        f"bilat’s good ones in the mix: {ours}.",
    ]


def good(found: Result) -> list[str]:
    """What came of the good requests."""
    failed = found["failed"]
    lost = f"{sum(failed.values()):,}" if failed else "0"
    if failed:
        lost += f" ({', '.join(f'{why}: {number:,}' for why, number in sorted(failed.items()))})"
    figures = found["good"]
    if not figures:
        return ["0", "0", "–", "–", "–", lost]
    values = [digits(figures[key]) for key in ("p50", "p99", "worst")]
    return [f"{figures['answers']:,}", f"{figures['rate']:,.0f}", *values, lost]


def attacks(of: Result) -> list[str]:
    """What came of the hostile requests."""
    measured = [of.get(server, {}) for server in MIXED]
    every = [found.get(PARTS[2], found.get("mix", {})).get("hostile", {}) for found in measured]
    kinds = sorted({kind for found in every for kind in found})
    rows = [[kind, *(outcomes(found.get(kind, {})) for found in every)] for kind in kinds]
    if not rows:
        return []
    return table(["hostile: what came of it, how often", *MIXED], rows)


def outcomes(came: dict[str, int]) -> str:
    """Statuses and how often."""
    return ", ".join(f"{status}: {number:,}" for status, number in sorted(came.items())) or "–"
