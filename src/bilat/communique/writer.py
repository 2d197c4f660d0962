"""The drafts and the scene of a page put together as a record."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from bilat.communique.honours import find_honours
from bilat.communique.people import LEADERS, LEADING, Figure, PeopleReader
from bilat.communique.sentences import Stretches
from bilat.communique.sides import Side
from bilat.record import Award, Evidence, Instrument, Party, Person, Record, Remark

if TYPE_CHECKING:
    from bilat.communique.blocks import Block
    from bilat.communique.drafts import Draft, Reading
    from bilat.communique.scene import Finding

#: Of a side whose country is found like this, the country is only likely.
_LIKELY = (
    "the order of the countries", "the other country", "the side beside it", "a known name",
    "a place",
)  # fmt: skip
#: And this does not make it a country of the event.
_PASSING = ("a known name", "a place", "in the name")


class Writer:
    """Writes the record of one page; the drafts' sides get their countries on the way."""

    def __init__(self, reading: Reading, source_url: str | None) -> None:
        self.reading = reading
        self.page = reading.page
        self.scene = reading.scene
        self.lexicon = reading.page.lexicon
        self.source_url = source_url
        self.remarks = list(reading.remarks)
        self._names: dict[str, str] = {}
        #: Where the people of the record are named.
        self._mentions: list[tuple[int, str]] = []

    def record(self) -> Record:
        scene = self.scene
        drafts = self.reading.drafts
        titles = [(draft.title.first, draft.title.last) for draft in drafts]
        weights = scene.salience(titles)
        figures = PeopleReader(scene).people(titles)
        pair = self._countries_that_meet(weights, figures)
        # A document of strangers is of another event.
        drafts[:] = self._of_those_who_meet(pair)
        self._place_sides(pair)
        countries = self._countries(pair, figures)
        date = scene.date(titles)
        place = scene.place(titles, set(countries), date.value if date else None)
        event = scene.event_type()
        host = self._host(place, countries)
        people = self._people(figures, countries, pair, host)
        instruments = [self._instrument(draft) for draft in drafts]
        if not instruments:
            self._remark(1, "no document that was signed, exchanged or adopted is stated")
        if not countries:
            self._remark(1, "no country is named as a side")
        return Record(
            language=self.lexicon.code,
            published=scene.published,
            date=date.value if date else None,
            place=place.value if place else None,
            countries=tuple(countries),
            event_type=event.value if event else "other",
            people=tuple(people),
            awards=tuple(self._awards(figures, people, countries, host)),
            instruments=tuple(instruments),
            remarks=tuple(sorted(self.remarks, key=lambda remark: remark.line)),
            evidence=self._evidence_of_event(date, place, event, countries),
            source_url=self.source_url,
        )

    def _remark(self, line: int, message: str) -> None:
        self.remarks.append(Remark(line, message))

    def _evidence(self, first: int, last: int, confidence: float) -> Evidence:
        start, end = self.page.span(first, last)
        return Evidence(self.page.original[start:end], start, end, confidence)

    def _evidence_of_event(
        self,
        date: Finding | None,
        place: Finding | None,
        event: Finding | None,
        countries: list[str],
    ) -> dict[str, Evidence]:
        found = {"date": date, "place": place, "event_type": event}
        evidence = {name: self._evidence(*fact[1:]) for name, fact in found.items() if fact}
        header = self.scene.opening.header
        if header:
            evidence["published"] = self._evidence(header.first, header.last, 0.95)
        for code in countries:
            mention = self._mention(code)
            if mention:
                evidence[f"countries/{code}"] = self._evidence(*mention, 0.9)
        return evidence

    def _mention(self, code: str) -> tuple[int, int] | None:
        """Where a country is first named, else a people, else a town."""
        for category in ("country", "adjective", "city"):
            for i, (end, value) in self.page.all_of(category).items():
                if code == (value[0] if category == "city" else value):
                    return i, end
        return None

    # countries --------------------------------------------------------------------------------

    def _countries_that_meet(
        self, weights: list[tuple[str, float]], figures: list[Figure]
    ) -> list[str]:
        """The countries that meet, mostly two, in the order of the text."""
        votes = self._votes(weights, figures)
        ranked = sorted(votes, key=lambda code: -votes[code])
        if len(ranked) < 2:
            return ranked
        chosen = ranked[:2]
        heads = {f.country for f in figures if f.country and f.rank == "head_of_state"}
        if (
            len(heads) >= 3
            and heads.issuperset(chosen)
            and min(votes.get(code, 0) for code in heads) >= 0.4 * votes[ranked[1]]
        ):
            chosen = [code for code in ranked if code in heads]
        elif len(ranked) > 2 and votes[ranked[2]] >= 0.6 * votes[ranked[1]]:
            three = self.page.all_of("three") or self._sign_together(set(ranked[:3]))
            chosen = ranked[:3] if three else chosen
        order = [code for code, _ in weights]
        return sorted(chosen, key=lambda code: order.index(code) if code in order else len(order))

    def _votes(self, weights: list[tuple[str, float]], figures: list[Figure]) -> dict[str, float]:
        votes = dict(weights)
        for draft in self.reading.drafts:
            for code in dict.fromkeys(s.country for s in draft.title.sides if s.country):
                votes[code] = votes[code] + 2.0 if code in votes else 1.0
        for figure in figures:
            if figure.country in votes and figure.rank in LEADERS:
                votes[figure.country] += 3.0
        return votes

    def _sign_together(self, countries: set[str]) -> bool:
        """Whether a document has three countries as its sides."""
        return any(
            countries <= {side.country for side in draft.title.sides}
            for draft in self.reading.drafts
        )

    def _of_those_who_meet(self, pair: list[str]) -> list[Draft]:
        """The documents but for those between others alone."""
        if len(pair) < 2:
            return self.reading.drafts
        kept = []
        for draft in self.reading.drafts:
            codes = {side.country for side in draft.title.sides if side.country}
            if not codes or not codes.isdisjoint(pair):
                kept.append(draft)
        return kept

    def _countries(self, pair: list[str], figures: list[Figure]) -> list[str]:
        """Those that meet, then those of the sides and of their officials that sign."""
        sides = [side for draft in self.reading.drafts for side in draft.title.sides]
        found = [*pair, *(s.country for s in sides if s.country and s.why not in _PASSING)]
        signed = {
            draft.sentence.number
            for draft in self.reading.drafts
            if draft.sentence and draft.title.sides
        }
        found += [
            figure.country
            for figure in figures
            if figure.country
            and figure.sentence.number in signed
            and figure.office
            and figure.rank == "other"
        ]
        return list(dict.fromkeys(found))

    def _host(self, place: Finding | None, countries: list[str]) -> str | None:
        city = self.page.at("city", place.first) if place else None
        return str(city[1][0]) if city and city[1][0] in countries else None

    def _called(self, code: str) -> str:
        """What the text mostly calls a country."""
        if code not in self._names:
            forms = self._forms(code)
            short = self.lexicon.short.get(code, code)
            self._names[code] = forms.most_common(1)[0][0] if forms else short
        return self._names[code]

    def _forms(self, code: str) -> Counter[str]:
        """The names of a country in the text, weighed: the short one is what one calls it."""
        page, lexicon = self.page, self.lexicon
        forms: Counter[str] = Counter()
        named = [(i, end) for i, (end, value) in page.all_of("country").items() if value == code]
        for i, end in named:
            if i in self._aside:
                continue
            name = page.string(i, end)
            if lexicon.names_bend:
                stems = tuple(map(lexicon.name_stem, page.low[i:end]))
                name = lexicon.country_names.get(stems, lexicon.short[code])
            forms[name] += 1000 if name == lexicon.short.get(code) else 1 if end - i > 1 else 100
        if not forms and not lexicon.names_bend:
            forms.update(page.string(i, end) for i, end in named)
        return forms

    @cached_property
    def _aside(self) -> Stretches:
        """Noise and the titles of documents: there a country may have its full name."""
        noise = [(block.first, block.last) for block in self.reading.blocks if block.noise]
        titles = [d.title for d in self.reading.drafts if d.item or d.title.sides]
        return Stretches([*noise, *((title.first, title.last) for title in titles)])

    # sides ------------------------------------------------------------------------------------

    def _place_sides(self, pair: list[str]) -> None:
        """Give each side its country: a plural those of all, the rest by the usual order."""
        order = self._usual_order(pair)
        for draft in self.reading.drafts:
            sides = [
                named for side in draft.title.sides for named in self._named(side, draft, pair)
            ]
            if pair and any(side.country is None for side in sides):
                sides = self._fill(sides, draft, order)
            signed = draft.title.of_states or draft.by_leaders
            if not sides and len(pair) >= 2 and signed:
                where, why = draft.title.head, "signed by the leaders"
                if where[0] == where[1]:
                    where = (draft.title.first, draft.title.last)
                sides = [Side(self._called(code), code, "country", *where, why) for code in pair]
            draft.title.sides = sides

    def _named(self, side: Side, draft: Draft, pair: list[str]) -> list[Side]:
        """A side by the name that the text has for it; one for each country where it is of all."""
        if side.of_all:
            return [
                replace(side, name=side.name or self._called(code), country=code, of_all=False)
                for code in self._countries_of_sentence(draft, pair)
            ]
        indirect = side.why in ("a pair", "a demonym", "a side")
        if indirect and side.kind == "country" and side.country:
            return [replace(side, name=self._called(side.country))]
        return [side]

    def _fill(self, sides: list[Side], draft: Draft, order: list[str]) -> list[Side]:
        """The sides with the countries that are not said: the others in their usual order."""
        taken = {side.country for side in sides}
        free = [code for code in order if code not in taken]
        if len(sides) == 2 and taken == {None} and len(order) >= 2:
            draft.confidence = min(draft.confidence, 0.6)
            why = "the order of the countries"
            pairs = zip(sides, order, strict=False)
            return [replace(side, country=code, why=why) for side, code in pairs]
        if len(free) == 1:
            draft.confidence = min(draft.confidence, 0.8)
            why = "the other country"
            return [s if s.country else replace(s, country=free[0], why=why) for s in sides]
        if len(sides) > 2:
            draft.confidence = min(draft.confidence, 0.6)
            for i, side in enumerate(sides):
                if side.country is None:
                    beside = [s.country for s in (*sides[max(0, i - 1) : i], *sides[i + 1 : i + 2])]
                    near = next(filter(None, beside), None)
                    sides[i] = replace(side, country=near, why="the side beside it")
        return sides

    def _countries_of_sentence(self, draft: Draft, pair: list[str]) -> list[str]:
        """The countries of "both": those of the sentence where it names two, else the pair."""
        sentence = draft.sentence
        if sentence is None:
            return pair
        codes = {
            code: None
            for category in ("country", "adjective")
            for _, _, code in self.page.all_marks(category, sentence.first, sentence.last)
        }
        return list(codes) if len(codes) == 2 else pair

    def _usual_order(self, pair: list[str]) -> list[str]:
        """The countries in the order in which most titles name them."""
        firsts: Counter[str] = Counter()
        for draft in self.reading.drafts:
            codes = [side.country for side in draft.title.sides]
            if len(codes) == 2 and len({*codes} & {*pair}) == 2 and codes[0]:
                firsts[codes[0]] += 1
        if firsts and len(pair) == 2:
            lead, times = firsts.most_common(1)[0]
            if times > firsts.total() / 2:
                return [lead, *(code for code in pair if code != lead)]
        return pair

    # people -----------------------------------------------------------------------------------

    def _people(
        self, figures: list[Figure], countries: list[str], pair: list[str], host: str | None
    ) -> list[Person]:
        for figure in figures:
            named = len(figure.name.split()) > 1
            known = self.lexicon.leader(figure.name) if named else None
            if known and (figure.country is None or known in countries):
                figure.country = known
        own = self._own_countries(figures, pair or countries, countries, host)
        led = {f.country for f in figures if f.rank in LEADING}
        leaderless = [code for code in pair if code not in led]
        people = []
        for figure in figures:
            country = figure.country
            if country is None and countries:
                country = self._likely_country(figure, figures, countries, own, leaderless)
            if country and (not countries or country in countries):
                evidence = self._evidence(figure.first, figure.last, 0.9 if figure.country else 0.6)
                people.append(Person(figure.name, figure.office, country, evidence))
                self._mentions += [(at, figure.name) for at in figure.mentions]
        return people

    def _own_countries(
        self, figures: list[Figure], candidates: list[str], countries: list[str], host: str | None
    ) -> list[str]:
        """Whose officials have no country in the text, the likeliest first.

        A paper names the country of the others' officials and leaves out that of its own.
        """
        said = Counter(figure.country for figure in figures)
        city = self.scene.opening.city
        place = {code: number for number, code in enumerate(countries)}
        return sorted(
            candidates,
            key=lambda code: (
                said[code],
                not city or code != city.country,
                code != host,
                place.get(code, 9),
            ),
        )

    def _likely_country(
        self,
        figure: Figure,
        figures: list[Figure],
        countries: list[str],
        own: list[str],
        leaderless: list[str],
    ) -> str:
        """The country of somebody for whom the text says none."""
        if len(countries) < 2:
            return countries[0]
        near = self._side_before(figure, countries)
        if near:
            return near
        if figure.rank in LEADING and leaderless:
            alike = sum(f.country is None and f.rank == figure.rank for f in figures)
            code = leaderless[0]
            if alike <= 1:
                code = next(code for code in own if code in leaderless)
            leaderless.remove(code)
            return code
        return own[0]

    def _side_before(self, figure: Figure, countries: list[str]) -> str | None:
        """The side that a person stands on: "for the Mongolian side by NAME"."""
        page = self.page
        floor = max(figure.sentence.first, figure.first - 16)
        for k in range(figure.first - 1, floor - 1, -1):
            named = page.at("adjective", k)
            if named and named[1] in countries:
                after = named[0]
                if after < len(page) and (page.within("leaders", after) or page.at("side", after)):
                    return str(named[1])
        return None

    def _awards(
        self, figures: list[Figure], people: list[Person], countries: list[str], host: str | None
    ) -> list[Award]:
        named = {person.name: person for person in people}
        guests = [person for person in people if host and person.country != host and person.office]
        found = []
        for honour in find_honours(self.page, self.scene.sentences, figures):
            person = named.get(honour.recipient.name) if honour.recipient else None
            person = person or (guests[0] if guests else None)
            giver = self._giver(honour.first, honour.last, person, countries)
            evidence = self._evidence(honour.first, honour.last, 0.8)
            found.append(Award(honour.name, person.name if person else None, giver, evidence))
        return found

    def _giver(
        self, first: int, last: int, person: Person | None, countries: list[str]
    ) -> str | None:
        """The country that gives an honour: that of its name, else another than the person's."""
        page = self.page
        named = page.first_mark("adjective", first, last) or page.first_mark("country", first, last)
        if named and named[2] in countries:
            return str(named[2])
        others = (code for code in countries if person and code != person.country)
        return next(others, None)

    # documents --------------------------------------------------------------------------------

    def _instrument(self, draft: Draft) -> Instrument:
        page, title = self.page, draft.title
        line = page.lines[title.first]
        name = page.string(title.first, title.last)
        for side in title.sides:
            if side.country is None:
                whose = f"the party {side.name!r} of {name[:60]!r}"
                self._remark(line, f"no country is named for {whose}")
        if len(title.sides) == 1:
            self._remark(line, f"only one party is named: {title.sides[0].name!r}")
        matter = title.field or draft.field_text
        return Instrument(
            title=name,
            type=title.type,
            parties=tuple(self._party(side, draft) for side in title.sides),
            field=page.string(*matter).strip(" \"'«»“”") or None if matter else None,
            evidence=self._evidence(title.first, title.last, draft.confidence),
            field_evidence=self._evidence(*matter, 0.9) if matter else None,
            signatories=self._signatories(draft),
        )

    def _signatories(self, draft: Draft) -> tuple[str, ...]:
        """The people who are named as those that signed or exchanged a document."""
        page, title, sentence = self.page, draft.title, draft.sentence
        if sentence is not None:
            alone = self._drafts_in[sentence.number] == 1
            first, last = (sentence.first, sentence.last) if sentence.done and alone else (0, 0)
        else:
            block = self._block_at(title.first)
            first, last = title.last, block.last
            bracket = first < last and page.words[first] in "(["
            told = page.has("signed_by", first, last) or page.has("done", first, last)
            if block.cells:
                first = block.first
            elif not (told or bracket or self._follows_stop(first, last)):
                return ()
        named = [
            name
            for at, name in sorted(self._mentions)
            if first <= at < last and not title.first <= at < title.last
        ]
        return tuple(dict.fromkeys(named))

    def _follows_stop(self, i: int, last: int) -> bool:
        """Whether a bracket stands behind the full stop of a title: "MoU on X. (A + B)"."""
        words = self.page.words
        return i + 1 < last and words[i] == "." and words[i + 1] in "(["

    def _block_at(self, i: int) -> Block:
        return self.reading.blocks[bisect_right(self._firsts, i) - 1]

    @cached_property
    def _firsts(self) -> list[int]:
        return [block.first for block in self.reading.blocks]

    @cached_property
    def _drafts_in(self) -> Counter[int]:
        """How many documents each sentence states, by its number."""
        return Counter(d.sentence.number for d in self.reading.drafts if d.sentence is not None)

    def _party(self, side: Side, draft: Draft) -> Party:
        confidence = 0.6 if side.why in _LIKELY else draft.confidence
        evidence = self._evidence(side.first, side.last, confidence)
        return Party(side.name, side.country, side.kind, evidence)
