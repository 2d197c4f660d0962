"""Diagrams: nothing overlaps, nothing is cut, the data are said, the bytes are the same."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Circle
from matplotlib.text import Text

import relations as made
from bilat.diagram import ENDINGS, KINDS, draw, save
from bilat.diagram.placing import Dot, Line, Rect, crossings, on_line, place
from bilat.diagram.rows import Row, order, run, spread
from bilat.diagram.style import BOX, NAME, field_pens
from bilat.diagram.text import fold, measure, wrap
from bilat.errors import InputError
from conftest import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    import bilat
    from bilat.store import Store

NOR, SOU, KAZ, SRB = (made.COUNTRY + code for code in ("NOR", "SOU", "KAZ", "SRB"))


def texts(figure: Figure) -> list[Text]:
    found = figure.findobj(Text)
    return [t for t in found if isinstance(t, Text) and t.get_visible() and t.get_text().strip()]


def words(figure: Figure) -> list[str]:
    return [" ".join(t.get_text().split()) for t in texts(figure)]


def extents(figure: Figure) -> list[tuple[str, Rect]]:
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    boxes = ((t.get_text(), t.get_window_extent(renderer)) for t in texts(figure))
    return [(text, Rect(*map(float, (b.x0, b.y0, b.x1, b.y1)))) for text, b in boxes]


def check(figure: Figure, *resolutions: int) -> None:
    """No text meets another or leaves the paper, none is small."""
    for dpi in resolutions or (144,):
        figure.set_dpi(dpi)
        found = extents(figure)
        assert len(found) > 3
        for text, box in found:
            assert box.left >= 0 and box.right <= figure.bbox.width, f"{text!r} leaves the paper"
            assert box.top >= 0 and box.bottom <= figure.bbox.height, f"{text!r} leaves the paper"
        for (text, box), (other, other_box) in combinations(found, 2):
            across = min(box.right, other_box.right) - max(box.left, other_box.left)
            down = min(box.bottom, other_box.bottom) - max(box.top, other_box.top)
            assert across < 1 or down < 1, f"{text!r} meets {other!r}"
    assert min(float(t.get_fontsize()) for t in texts(figure)) >= 7


# The shipped data


@pytest.fixture(scope="module")
def pair(kg: bilat.KnowledgeGraph) -> Figure:
    return draw(kg.store, "pair", KAZ, SRB)


def test_a_pair_says_what_the_source_says(pair: Figure) -> None:
    said = words(pair)
    assert said[:2] == [
        "Kazakhstan and Serbia",
        "Ten memoranda between eight institutions of Kazakhstan and nine of Serbia, "
        "exchanged by 27 February 2026; a field is stated for five",
    ]
    assert {
        "Kazakhstan", "Kassym-Jomart Tokayev, President", "Aleksandar Vučić, President",
        "Prosecutor General’s Office", "Office for Information Technologies and e-Government",
        "Ministry of Agriculture, Forestry and Water Management", "Kazakh Invest",
        "Academy of Public Administration under the President", "Development Agency",
        "Memorandum of partnership and cooperation", "protection of intangible cultural heritage",
        "Altyn Qyran Order conferred on Aleksandar Vučić (by whom is not stated)",
        "Extended talks, Akorda presidential palace, Astana · by 27 February 2026",
        "Source: digest 2026-02-27-kz-rs, published on 27 February 2026. "
        "A colour is a field that the source states.",
    } <= set(said)  # fmt: skip
    assert said.count("Memorandum of mutual understanding") == 4
    assert [word for word in said if word.isdigit()] == [str(n) for n in range(1, 11)]


def test_a_legend_lists_what_is_drawn(pair: Figure) -> None:
    legend = words(pair)[-6:-1]
    assert legend == [
        "Health care", "Digitalisation", "Agriculture", "Culture", "field not stated by the source",
    ]  # fmt: skip


def test_the_title_is_the_name_of_the_figure(pair: Figure) -> None:
    assert pair.get_label() == "Kazakhstan and Serbia"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if 0 in KINDS[kind].numbers])
def test_nothing_overlaps_where_all_is_drawn(kg: bilat.KnowledgeGraph, kind: str) -> None:
    check(draw(kg.store, kind))


#: Each so many-th of all is drawn.
sampled = pytest.mark.parametrize(
    "step", [pytest.param(6, id="some"), pytest.param(1, id="all", marks=pytest.mark.slow)]
)


@sampled
def test_nothing_overlaps_in_any_pair(kg: bilat.KnowledgeGraph, step: int) -> None:
    for first, second in sorted(kg.network("countries").edges)[::step]:
        check(draw(kg.store, "pair", first, second))
        check(draw(kg.store, "timeline", first, second))


@sampled
def test_nothing_overlaps_around_any_country(kg: bilat.KnowledgeGraph, step: int) -> None:
    graph = kg.network("institutions")
    for code in sorted({data["country"] for _, data in graph.nodes(data=True)})[::step]:
        check(draw(kg.store, "network", made.COUNTRY + code))
    busiest = max(graph, key=lambda node: (graph.degree(node), node))
    check(draw(kg.store, "network", busiest))


def test_all_countries_are_in_the_network(kg: bilat.KnowledgeGraph) -> None:
    graph = kg.network("countries")
    said = words(draw(kg.store, "network"))
    nodes = [data for _, data in graph.nodes(data=True)]
    assert {data["label"] for data in nodes} <= set(said)
    heavy = [data["weight"] for *_, data in graph.edges(data=True) if data["weight"] > 1]
    counts = [data["instrument_count"] for data in nodes]
    assert sorted(map(int, filter(str.isdigit, said))) == sorted([*heavy, *counts])


# Made-up relations


@pytest.mark.parametrize("number", [1, 10, pytest.param(40, marks=pytest.mark.slow)])
def test_a_pair_is_readable_at_any_number(number: int) -> None:
    store = made.two_countries(number)
    figure = draw(store, "pair", NOR, SOU)
    check(figure, 100, 144, 200)
    said = words(figure)
    assert {str(n) for n in range(1, number + 1)} <= set(said)
    ends = {
        row.institution
        for row in store.select(
            "SELECT DISTINCT ?institution { ?party bilat:partyInstitution ?institution }"
        )
    }
    names = dict(store.select("SELECT ?i ?l { ?i a bilat:Institution ; rdfs:label ?l }"))
    assert {names[end].rpartition(" of ")[0] for end in ends} <= set(said)
    check(draw(store, "timeline", NOR, SOU))
    check(draw(store, "network", NOR))


def test_a_network_of_many_countries_is_readable() -> None:
    store = made.many_countries(32, 40)
    check(draw(store, "network"))
    check(draw(store, "fields"))


def test_a_pair_counts_its_unusual_parties() -> None:
    said = words(draw(made.two_countries(22), "pair", NOR, SOU))
    assert said.count("Northern Archipelago (body not named)") == 2
    assert said.count("also with Eastern Plains") == 3
    assert said.count("Southern Highlands") == 2  # the heading, and the state as a party
    assert "and 2 other office holders" in said
    assert "4 earlier events from 10 January 2010 to 13 April 2013" in said
    award = "Order of the Sun, conferred on Maximiliána-Đorđe Žižkovićová 1 by Southern Highlands"
    assert award in said


def test_an_instrument_of_nobody_named_belongs_to_the_countries_of_its_event() -> None:
    store = made.store(
        made.country("KAZ", "Kazakhstan"), made.country("SRB", "Serbia"),
        made.instrument("unnamed", [], "health"), made.event("talks", ["KAZ", "SRB"], ["unnamed"]),
    )  # fmt: skip
    said = words(draw(store, "pair", KAZ, SRB))
    assert {"Kazakhstan (body not named)", "Serbia (body not named)"} <= set(said)
    assert said[1] == ("One instrument between Kazakhstan and Serbia, signed; the field is stated")


def test_an_instrument_may_state_several_fields() -> None:
    store = made.store(
        made.country("KAZ", "Kazakhstan"), made.country("SRB", "Serbia"),
        "field:films skos:broader field:culture ; a skos:Concept .",
        made.instrument("one", ["KAZ", "SRB"], "health , field:culture , field:films"),
        made.instrument("two", ["KAZ", "SRB"], "health"),
    )  # fmt: skip
    figure = draw(store, "pair", KAZ, SRB)
    check(figure)
    assert words(figure)[-3:-1] == ["Health", "Culture"]
    assert len([c for c in figure.findobj(Circle) if c.get_radius() < 5]) == 2
    table = words(draw(store, "fields"))
    assert table[table.index("all instruments") :][:4] == ["all instruments", "2", "1", "2"]


def test_awards_stand_with_the_countries_that_they_join() -> None:
    day = 'bilat:onDate "2020-05-01"^^xsd:date'
    store = made.store(
        made.country("KAZ", "Kazakhstan"), made.country("SRB", "Serbia"),
        made.event("talks", ["KAZ", "SRB"], dates=day),
        *(made.person(who, who.title(), code) for who, code in (("anna", "KAZ"), ("boris", "SRB"))),
        made.conferral("by-country", "Star", "boris", "country:KAZ"),
        made.conferral("by-person", "Sun", "anna", "person:boris"),
        made.conferral("by-nobody", "Moon", "boris"),
        f"conferral:by-country {day} . conferral:by-person {day} . conferral:by-nobody {day} .",
        "event:talks bilat:evidence passage:1 . conferral:by-nobody bilat:evidence passage:2 .",
        "passage:1 oa:hasSource source:s . passage:2 oa:hasSource source:s .",
        'source:s dct:identifier "s" .',
    )  # fmt: skip
    pair = draw(store, "pair", KAZ, SRB)
    check(pair)
    assert {
        "Star, conferred on Boris by Kazakhstan", "Sun, conferred on Anna by Boris",
        "Moon conferred on Boris (by whom is not stated)",
    } <= set(words(pair))  # fmt: skip
    time = draw(store, "timeline")
    check(time)
    said = words(time)
    assert said.count("Kazakhstan – Serbia") == 1
    assert {"Star to Boris · 1 May 2020", "Moon to Boris · 1 May 2020"} <= set(said)
    assert "Awards" in words(draw(store, "timeline", KAZ, SRB))


def test_a_network_says_what_it_leaves_out() -> None:
    store = made.store(
        made.country("KAZ", "Kazakhstan"), made.country("SRB", "Serbia"),
        made.instrument("one", ["KAZ", "SRB"]), made.instrument("nobodys", []),
    )  # fmt: skip
    said = words(draw(store, "network"))
    assert "an instrument of two countries" in said
    assert "Not drawn: one instrument whose source does not say between which" in said[-1]


def test_a_pair_may_have_events_only() -> None:
    store = made.store(
        made.country("KAZ", "Kazakhstan"), made.country("SRB", "Serbia"),
        made.event("talks", ["KAZ", "SRB"], dates='bilat:onDate "2020-05-01"^^xsd:date'),
    )  # fmt: skip
    figure = draw(store, "pair", KAZ, SRB)
    check(figure)
    assert words(figure)[1] == "One event; the data hold no instrument of the two"
    check(draw(store, "timeline", KAZ, SRB))


MATHS = "Ministry of $x^2$, $100 and _underscores_"


def test_a_name_is_never_read_as_a_formula() -> None:
    store = made.store(
        made.country("KAZ", "Kazakhstan"), made.country("SRB", "Serbia"),
        made.institution("kaz-x", MATHS + " of Kazakhstan"),
        made.institution("srb-x", "Donaudampfschifffahrtsgesellschaft" * 4),
        made.instrument("x", ["kaz-x", "srb-x"]),
    )  # fmt: skip
    figure = draw(store, "pair", KAZ, SRB)
    check(figure)
    assert MATHS in words(figure)
    long = next(t for t in texts(figure) if t.get_text().startswith("Donau")).get_text()
    assert long.replace("-\n", "") == "Donaudampfschifffahrtsgesellschaft" * 4


DATES = (
    ('bilat:onDate "2020-02-29"^^xsd:date', "29 Feb 2020"),
    ('bilat:notAfter "2020-05-31"^^xsd:date', "by 31 May 2020"),
    ('bilat:notBefore "2020-05-31"^^xsd:date', "after 31 May 2020"),
    ('bilat:notBefore "2020-02-01"^^xsd:date ; bilat:notAfter "2020-02-29"^^xsd:date',
     "in Feb 2020"),
    ('bilat:notBefore "2020-01-01"^^xsd:date ; bilat:notAfter "2020-12-31"^^xsd:date', "in 2020"),
    ('bilat:notBefore "2020-01-02"^^xsd:date ; bilat:notAfter "2020-12-31"^^xsd:date',
     "between 2 Jan 2020 and 31 Dec 2020"),
    ('bilat:notBefore "2020-01-02"^^xsd:date ; bilat:notAfter "2020-01-02"^^xsd:date',
     "2 Jan 2020"),
    ("", "date not stated"),
)  # fmt: skip


def test_a_timeline_says_what_is_known_of_each_date() -> None:
    store = made.store(
        made.country("KAZ", "Kazakhstan"), made.country("SRB", "Serbia"),
        *(made.event(f"e{n}", ["KAZ", "SRB"], dates=day) for n, (day, _) in enumerate(DATES)),
    )  # fmt: skip
    figure = draw(store, "timeline")
    check(figure)
    said = words(figure)
    assert sorted(w for w in said if w.startswith("Talks")) == sorted(
        f"Talks · {known}" for _, known in DATES
    )


def test_a_timeline_draws_the_ends_of_a_tenure_as_far_as_known() -> None:
    tenure = "tenure:{0} a bilat:Tenure ; org:member person:anna ; bilat:tenureOf post:kaz-{0}{1} ."
    store = made.store(
        made.country("KAZ", "Kazakhstan"), made.person("anna", "Anna", "KAZ"),
        made.event("talks", ["KAZ"], dates='bilat:onDate "2020-05-01"^^xsd:date'),
        *(made.post(f"kaz-{n}", f"Office {n} of Kazakhstan", "head-of-state") for n in range(4)),
        made.post("kaz-4", "Office 4 of Kazakhstan", "minister"),
        tenure.format(0, ""),
        tenure.format(1, ' ; bilat:startDate "2001-01-01"^^xsd:date'),
        tenure.format(2, ' ; bilat:attestedOn "2020-05-01"^^xsd:date'),
        tenure.format(3, ' ; bilat:startDate "2001-01-01"^^xsd:date ; '
                         'bilat:endDate "2031-01-01"^^xsd:date'),
        tenure.format(4, ' ; bilat:attestedOn "2020-05-01"^^xsd:date'),
    )  # fmt: skip
    figure = draw(store, "timeline")
    check(figure)
    said = words(figure)
    assert [f"Anna, Office {n} of Kazakhstan" in said for n in range(5)] == [True] * 4 + [False]
    assert "one office below head of state or of government" in said[-1]


# What is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pie"], r"'pie'.*pair, network, fields, timeline"),
        (["pair", KAZ], "'pair' takes two countries, not 1"),
        (["fields", KAZ], "takes nothing, not 1"),
        (["timeline", KAZ], "takes nothing, or two countries, not 1"),
        (["pair", KAZ, KAZ], "Kazakhstan was given twice"),
        (["pair", KAZ, SRB], "no instrument, event or award joins Kazakhstan and Serbia"),
        (["network", KAZ], "no instrument joins Kazakhstan to a named institution"),
        (["network"], "no instrument in the data joins two countries"),
        (["fields"], "no instrument with a country"),
        (["timeline"], "nothing in these data has a date"),
        (["timeline", KAZ, SRB], "joins Kazakhstan and Serbia"),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments: list[str], message: str) -> None:
    store = made.store(made.country("KAZ", "Kazakhstan"), made.country("SRB", "Serbia"))
    with pytest.raises(InputError, match=message):
        draw(store, *arguments)


def test_the_countries_that_are_joined_are_named(kg: bilat.KnowledgeGraph) -> None:
    with pytest.raises(InputError, match=r"Kazakhstan and Egypt; .* Kazakhstan to .*Serbia"):
        draw(kg.store, "pair", KAZ, made.COUNTRY + "EGY")


def test_a_file_of_another_kind_is_refused(pair: Figure, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.svg, \.png, \.pdf"):
        save(pair, tmp_path / "picture.gif")
    assert list(tmp_path.iterdir()) == []


# Files

FIGURES: dict[str, Callable[[Store], Figure]] = {
    "pair": lambda store: draw(store, "pair", NOR, SOU),
    "network": lambda store: draw(store, "network"),
    "focus": lambda store: draw(store, "network", NOR),
    "fields": lambda store: draw(store, "fields"),
    "timeline": lambda store: draw(store, "timeline"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_data_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    store = made.two_countries(5)
    for ending in ENDINGS:
        first, second = tmp_path / f"first{ending}", tmp_path / f"second{ending}"
        save(FIGURES[name](store), first)
        with matplotlib.rc_context({"font.size": 30, "savefig.dpi": 30, "lines.linewidth": 9,
                                    "savefig.bbox": "tight", "svg.fonttype": "none",
                                    "figure.autolayout": True}):  # fmt: skip
            save(FIGURES[name](store), second)
        assert first.read_bytes() == second.read_bytes()
        assert first.stat().st_size > 5000


def test_a_picture_does_not_tell_when_it_was_drawn(pair: Figure, tmp_path: Path) -> None:
    for ending in ENDINGS:
        save(pair, tmp_path / f"p{ending}")
    svg = (tmp_path / "p.svg").read_text("utf-8")
    assert svg.startswith("<?xml") and "dc:date" not in svg
    assert "<dc:title>Kazakhstan and Serbia</dc:title>" in svg
    assert b"CreationDate" not in (tmp_path / "p.pdf").read_bytes()
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_pictures_do_not_depend_on_the_order_of_sets(tmp_path: Path) -> None:
    script = (
        "import sys, relations; from bilat.diagram import draw, save\n"
        "s, c = relations.two_countries(5), relations.COUNTRY\n"
        "save(draw(s, 'pair', c + 'NOR', c + 'SOU'), sys.argv[1] + '-pair.svg')\n"
        "save(draw(s, 'network', c + 'NOR'), sys.argv[1] + '-focus.svg')\n"
        "save(draw(relations.many_countries(6, 6), 'network'), sys.argv[1] + '-net.svg')\n"
        "save(draw(s, 'timeline'), sys.argv[1] + '-time.svg')\n"
    )
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1] / "src")])
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / seed)], check=True,
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
        )  # fmt: skip
    for name in ("pair", "focus", "net", "time"):
        one, two = (tmp_path / f"{seed}-{name}.svg" for seed in ("1", "2"))
        assert one.read_bytes() == two.read_bytes(), name


# The parts


NAMES = st.sets(st.sampled_from("abcdef"), min_size=1, max_size=2).map(lambda s: tuple(sorted(s)))


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.builds(Row, NAMES, NAMES), max_size=9))
def test_every_row_has_its_place(rows: list[Row]) -> None:
    assert sorted(order(rows)) == list(range(len(rows)))


def test_rows_that_need_no_change_stay() -> None:
    rows = [Row(("a",), ("x",)), Row(("b",), ("y",)), Row(("b",), ("z",)), Row(("c",), ("w",))]
    assert order(rows) == [0, 1, 2, 3]


def test_rows_of_one_name_come_together() -> None:
    rows = [Row(("a",), ("x",)), Row(("b",), ("y",)), Row(("a",), ("z",))]
    assert order(rows) == [0, 2, 1]


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.sampled_from("abcd"), max_size=10))
def test_names_that_can_have_their_rows_together_do(names: list[str]) -> None:
    rows = [Row((name,), (str(n),)) for n, name in enumerate(names)]
    sequence = [names[index] for index in order(rows)]
    starts = [name for n, name in enumerate(sequence) if n == 0 or sequence[n - 1] != name]
    assert starts == list(dict.fromkeys(names))


def test_a_run_is_the_longest_and_then_the_middle_one() -> None:
    assert run([4]) == (4, 4)
    assert run([0, 2, 3, 9]) == (2, 3)
    assert run([0, 5, 11]) == (5, 5)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.floats(-50, 50), min_size=1))
def test_blocks_are_spread_without_overlap(wanted: dict[str, float]) -> None:
    heights = {name: 3.0 + len(name) for name in wanted}
    at = spread(wanted, heights, 1.0)
    ordered = sorted(at, key=lambda name: at[name])
    assert ordered == sorted(wanted, key=lambda name: (wanted[name], name))
    for above, below in pairwise(ordered):
        room = at[below] - at[above] - (heights[above] + heights[below]) / 2
        assert room >= 1.0 - 1e-6
    assert sum(at.values()) == pytest.approx(sum(wanted.values()), abs=1e-6)


def test_blocks_that_have_room_stay() -> None:
    assert spread({"a": 0.0, "b": 10.0}, {"a": 4.0, "b": 4.0}, 1.0) == {"a": 0.0, "b": 10.0}


@settings(max_examples=examples(40), deadline=None)
@given(st.text("abc def-g", max_size=60), st.floats(30, 200))
def test_wrapping_keeps_the_text_and_the_width(text: str, width: float) -> None:
    wrapped = wrap(text, width, NAME)
    assert all(measure(line, NAME)[0] <= width + 1 for line in wrapped.splitlines())
    assert "".join(wrapped.split()).replace("-", "") == "".join(text.split()).replace("-", "")


def test_lines_are_about_equally_long() -> None:
    assert wrap("aaaa aaaa aaaa aaaa", measure("aaaa aaaa aaaa", BOX)[0] + 1, BOX) == (
        "aaaa aaaa\naaaa aaaa"
    )
    assert fold([10, 10, 10, 10], 2, 40) == [[0, 1], [2, 3]]


def meet(a: Rect, b: Rect) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom


def test_labels_keep_clear_of_everything() -> None:
    dots = [Dot(40.0 * n, 0.0, 6.0, 60.0, 10.0) for n in range(3)]
    wall = Rect(0, 10, 80, 20)
    labels, badness = place(dots, [Line(0, 0, 80, 0)], [wall])
    assert badness < 1000
    taken = [*labels, *(dot.rect for dot in dots), wall]
    assert not any(meet(a, b) for a, b in combinations(taken, 2))
    _, badness = place([Dot(0, 0, 6, 60, 10)] * 2, [], [Rect(-99, -99, 99, 99)])
    assert badness >= 2000  # both on what is taken


def test_a_number_on_a_line_gives_way() -> None:
    line = Line(0, 0, 100, 0)
    assert on_line(line, (10, 8), []) == Rect(45, -4, 55, 4)
    free = on_line(line, (10, 8), [Rect(40, -5, 60, 5)])
    assert not meet(free, Rect(40, -5, 60, 5)) and 10 < free.left < free.right < 90


@pytest.mark.parametrize(
    ("line", "crosses"),
    [
        (Line(-3, 1, 9, 1), True), (Line(1, 1, 2, 2), True), (Line(-3, 4, 9, 4), False),
        (Line(-2, -9, -2, 9), False), (Line(2, -9, 2, 9), True), (Line(-3, 0, 1, 4), True),
        (Line(4, -3, 9, 1.5), False), (Line(2, -9, 2, -3), False),
    ],
)  # fmt: skip
def test_a_line_crosses_a_rectangle(line: Line, crosses: bool) -> None:
    assert list(crossings(np.array([Rect(0, 0, 4, 2)]), [line])) == [float(crosses)]


def test_fields_have_their_colours_and_differ_in_a_figure(kg: bilat.KnowledgeGraph) -> None:
    tops = [
        row.field.rpartition("/")[2]
        for row in kg.store.select(
            "SELECT ?field { ?field skos:inScheme ?s FILTER(STRENDS(STR(?s), '/scheme/field')) "
            "FILTER NOT EXISTS { ?field skos:broader ?wider } } ORDER BY ?field"
        )
    ]
    pens = field_pens(tops)
    assert len(tops) >= 20 and len(set(pens.values())) == len(tops)
    for slug in tops:
        alone = field_pens([slug])[slug]
        assert alone.colour == pens[slug].colour and alone.dashes == "solid"
    assert field_pens(["basket-weaving"])["basket-weaving"].colour.startswith("#")
