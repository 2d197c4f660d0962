"""Write a folder of invented own data of any size, in the form of the shipped sources.

    python bench/generate.py 1_000_000 -o DIR [--seed N] [--sources N] [--flaws N] [--trig]

The folder is for ``bilat --data DIR``. Nothing is wrong in it but what ``DIR/violations.tsv``
lists: focus node, shape and file of each finding that validation has to give. The same arguments
give the same bytes. A source is held in memory only while it is written.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pyoxigraph as ox

import sources
from bilat.namespaces import GRAPH, PREFIXES, SHAPES
from flaws import FLAWS, Part
from sources import Source
from world import FIRST_DAY, LAST_DAY, World

#: Triples of a source where the number of sources is not given; what the most passages allow.
USUAL, MOST = 1_500, 25_000


def plan(number: int, each: int) -> dict[int, list[tuple[Part, str]]]:
    """Which parts of flaws go into which source: every flaw as often as said, spread over all."""
    planned: dict[int, list[tuple[Part, str]]] = defaultdict(list)
    names = [(flaw, time) for time in range(1, each + 1) for flaw in FLAWS]
    for place, (flaw, time) in enumerate(names):
        for offset, part in enumerate(FLAWS[flaw]):
            where = place * number // len(names) + offset * max(1, number // 3)
            planned[where % number].append((part, f"flaw-{flaw}-{time}"))
    return planned


def reports(world: World, number: int, each: int, triples: int) -> Iterator[Source]:
    """The sources, from the oldest to the newest, together with about as many triples as said."""
    planned = plan(number, each)
    described: set[str] = set()
    signed: deque[tuple[str, date]] = deque(maxlen=60)
    count = 0
    for index in range(number):
        source = blank(world, index, number)
        source.quote(f"Published: {source.published}")
        for part, name in planned[index]:
            part(source, name)
        sources.talks(source)
        if source.rng.random() < 0.2:
            sources.conferral(source)
        if source.rng.random() < 0.1:
            sources.reorganised(source)
        if len(signed) > 10 and source.rng.random() < 0.5:
            sources.entry_into_force(source, source.rng.sample(list(signed), 8))
        rounds = 0
        while count + size(source, described) < triples * (index + 1) // number:
            rounds += 1
            signed.extend(sources.ceremony(source, rounds))
        source.triples += sources.document(source)
        count += size(source, described)
        described.update(source.shared)
        yield source


def size(source: Source, described: set[str]) -> int:
    """How many triples the source has that no source before it has."""
    new = (len(about) for iri, about in source.shared.items() if iri not in described)
    return len(source.triples) + sum(new)


def blank(world: World, index: int, number: int) -> Source:
    """The source with this index, without any content."""
    rng = Random(f"{world.seed}/{index}")
    published = FIRST_DAY + (LAST_DAY - FIRST_DAY) * (index + 1) // number
    one = other = world.country(rng)
    while other == one:
        other = world.country(rng)
    return Source(world, index + 1, published, (one, other), rng)


def write(source: Source, directory: Path, trig: bool) -> Path:
    """Write the source's file, in the graph of its name."""
    graph = f"<{GRAPH}{source.id}>"
    triples = [*source.triples, *(t for about in source.shared.values() for t in about)]
    lines = (f"{s} {p} {o} {graph} .\n" for s, p, o in dict.fromkeys(triples))
    data = "".join(lines).encode()
    if trig:
        quads = ox.parse(data, format=ox.RdfFormat.N_QUADS)
        data = ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=PREFIXES) or b""
    path = directory / f"{source.id}.{'trig' if trig else 'nq'}"
    path.write_bytes(data)
    return path


def generate(
    triples: int,
    directory: Path,
    *,
    seed: int = 1,
    number: int = 0,
    each: int = 4,
    trig: bool = False,
) -> int:
    """Write a folder of about that many distinct triples; gives the number of violations in it.

    ``number`` is that of sources, ``each`` how often there is every flaw. Raises ValueError where
    the sources would be too large, or where the folder holds something.
    """
    number = number or max(3, triples // USUAL)
    if triples / number > MOST:
        needed = -(-triples // MOST)
        raise ValueError(f"a source takes {MOST:,} triples at most; {needed} sources are needed")
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise ValueError(f"{directory}: is not empty")
    world = World(seed, bodies=min(max(20, triples // 25_000), 1_000))
    rows = []
    for source in reports(world, number, each, triples):
        path = write(source, directory, trig)
        rows += [f"{iri[1:-1]}\t{SHAPES}{shape}\t{path.name}\n" for iri, shape in source.found]
    text = "focus\tshape\tfile\n" + "".join(sorted(rows))
    (directory / "violations.tsv").write_text(text, encoding="utf-8")
    return len(rows)


def main() -> int:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description="Write a folder of invented own data.")
    parser.add_argument("triples", type=int, help="about how many distinct triples: 1_000_000")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--sources", type=int, default=0, metavar="N", help="few for large files")
    parser.add_argument("--flaws", type=int, default=4, metavar="N", help="of each kind (4)")
    parser.add_argument("--trig", action="store_true", help="TriG instead of N-Quads")
    options = parser.parse_args()
    try:
        found = generate(
            options.triples,
            options.output,
            seed=options.seed,
            number=options.sources,
            each=options.flaws,
            trig=options.trig,
        )
    except ValueError as error:
        print(f"generate.py: {error}", file=sys.stderr)
        return 2
    print(f"{options.output}: {found} violations are in violations.tsv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
