"""The main job from end to end: build, validate, ask, draw and export, each by its own command."""

from __future__ import annotations

import shlex
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: The commands, in order; ``OUT`` stands for the folder that the files go to.
STEPS = (
    "build",
    "validate",
    "ask countries",
    "ask who-cooperates-with --country KZ --partner Serbia",
    "ask awards-to-foreign-office-holders",
    "draw pair KZ RS -o OUT/kz-rs.svg",
    "draw pair KZ RS -o OUT/kz-rs.png",
    "draw network -o OUT/network.svg",
    "draw fields -o OUT/fields.svg",
    "draw timeline -o OUT/timeline.svg",
    "network countries --format gexf -o OUT/countries.gexf",
    "export --format turtle -o OUT/bilat.ttl",
    "export --format jsonld -o OUT/bilat.jsonld",
    "export --format nquads -o OUT/bilat.nq",
    "describe -o OUT/void.ttl",
)


def tour(out: Path, run: Callable[[list[str]], int]) -> int:
    """Run every step, saying what it does and how long it took; stops at the first that fails."""
    out.mkdir(parents=True, exist_ok=True)
    started = perf_counter()
    for step in STEPS:
        words = [word.replace("OUT", str(out), 1) for word in shlex.split(step)]
        print(f"\n$ bilat {shlex.join(words)}", flush=True)
        before = perf_counter()
        code = run(words)
        print(f"  … {perf_counter() - before:.1f} s", flush=True)
        if code:
            return code
    print(f"\nAll done in {perf_counter() - started:.1f} s. In {out.resolve()}:")
    for path in sorted(p for p in out.iterdir() if p.is_file()):
        print(f"  {path.name:<16}{path.stat().st_size:>10,} bytes")
    print("Ask on: `bilat questions` lists what can be asked, `bilat --help` what can be done.")
    return 0
