"""What is shown of an import, for people: what came of it, and what is read as what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilat.tables.rejects import NOTHING, ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilat.tables import Imported
    from bilat.tables.cells import Bound
    from bilat.tables.profiles import Column, Profile

#: Reasons of which a report names so many, the most frequent first.
REASONS = 20


def report(done: Imported, dry_run: bool) -> str:
    """What came of an import."""
    if done.state == "changed":
        return (
            f"{done.identifier} is there and was made otherwise: {'; '.join(done.differs)}\n"
            "  nothing has changed; --replace puts this in its place, --id NAME makes another "
            "source\n"
        )
    state = "would be written" if dry_run else done.state
    lines = [f"{done.identifier} ({state}): {_count(done.rows, 'row')}, "
             f"{_count(done.statements, 'statement')}"]  # fmt: skip
    if done.state == "known":
        lines[0] += "; nothing has changed"
    for (what, column, reason), count in done.rejects.most_common(REASONS):
        kind, fate = (
            ("row" if what == ROW else "value"),
            "changed" if what == NOTHING else "left out",
        )
        place = f"{column}: " if column else ""
        lines.append(f"  {_count(count, kind)} {fate}: {place}{reason}")
    if len(done.rejects) > REASONS:
        lines.append(f"  and {len(done.rejects) - REASONS} further reasons")
    if done.rejects and done.rejects_path and not dry_run:
        lines.append(f"  each is in {done.rejects_path}")
    if not dry_run and done.path:
        lines.append(f"  → {done.path}")
    return "\n".join(lines) + "\n"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number != 1 else ''}"


def mapping(profile: Profile, tables: Sequence[Bound]) -> str:
    """Which column of which file is read as what."""
    lines = [f"profile {profile.name}: {profile.title}"]
    for bound in tables:
        split = f", separated by {bound.table.delimiter!r}" if bound.table.delimiter else ""
        lines.append(f"\n{bound.table.path} is the table {bound.part.name!r}{split}")
        used: set[int] = set()
        for slot, fields in bound.fields.items():
            for field in fields:
                used.update(field.at)
                lines.append(f"  {slot:<12} {_how(field.header, field.column)}")
        unused = [name for i, name in enumerate(bound.table.header) if i not in used]
        lines.append(f"  not read     {', '.join(unused) or 'nothing: every column is used'}")
    return "\n".join(lines) + "\n"


def _how(header: str, column: Column) -> str:
    said = [repr(header) if header else "no column"]
    if column.dates != ("edtf",):
        said.append(f"dates as {' or '.join(column.dates)}")
    if column.codes:
        said.append(f"code list {column.codes!r}")
    if column.states != "any":
        said.append(f"states by {column.states}")
    if column.split:
        said.append(f"several separated by {column.split!r}")
    if column.default:
        said.append(f"else {column.default!r}")
    return ", ".join(said)
