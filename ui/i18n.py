"""The window's texts in the language chosen, switched while it runs.

A text is known by its English form. Catalogues are gettext ``.po`` files of one-line entries, read
as they are: nothing is compiled, so nothing can be out of date.
"""

import ast
import datetime
import functools
import locale
import re
from collections.abc import Callable, Mapping
from pathlib import Path

LANGUAGES: dict[str, str] = {"en": "English", "zh": "中文"}
"""Codes of the languages and how each names itself."""

_CATALOGUES = Path(__file__).parent.parent / "assets" / "translations"
_FILES = {"zh": "zh_CN.po"}

_FIELD = re.compile(r"(\{[^{}]+\})")
_MET_MOST = 2_000

Setter = Callable[[str], object]


def typeset(figure: str) -> str:
    """Give a written number with a minus sign where it has a hyphen."""
    return figure.replace("-", "\u2212")


class _Real(float):
    """A number that is written with a minus sign."""

    def __format__(self, form: str) -> str:
        return typeset(super().__format__(form))


class _Whole(int):
    """A whole number that is written with a minus sign."""

    def __format__(self, form: str) -> str:
        return typeset(super().__format__(form))


def _written(value: object) -> object:
    if isinstance(value, float):
        return _Real(value)
    return _Whole(value) if isinstance(value, int) else value


def mark(text: str) -> str:
    """Give ``text`` itself: marks a text of a table for translation where it is shown."""
    return text


def chosen_language(asked: str) -> str:
    """Give the code of the language asked for, else that of the system, else English."""
    if asked[:2] in LANGUAGES:
        return asked[:2]
    system = locale.getlocale()[0] or ""
    return "zh" if system.lower().startswith(("zh", "chinese")) else "en"


@functools.cache
def catalogue(language: str) -> Mapping[str, str]:
    """Give the translations of a language by their English form; empty for English."""
    if language not in _FILES:
        return {}
    return read_po((_CATALOGUES / _FILES[language]).read_text("utf-8"))


def read_po(text: str) -> dict[str, str]:
    """Give the translations of a ``.po`` file whose entries have one ``msgid`` and one ``msgstr``.

    Parameters
    ----------
    text : str
        Strings may be continued on further lines, as gettext allows; comments are passed over.

    Returns
    -------
    dict
        Without the header and without entries that are not translated.
    """
    entries: dict[str, str] = {}
    parts: dict[str, str] = {"msgid": "", "msgstr": ""}
    field = ""
    for line in [*text.splitlines(), "msgid"]:
        word, _, quoted = line.strip().partition(" ")
        if word == "msgid" and field:
            entries[parts["msgid"]] = parts["msgstr"]
            parts = {"msgid": "", "msgstr": ""}
        if word in parts and quoted:
            field = word
            parts[field] = _unquoted(quoted)
        elif line.startswith('"') and field:
            parts[field] += _unquoted(line.strip())
    return {key: value for key, value in entries.items() if key and value}


def _unquoted(quoted: str) -> str:
    """Give what a quoted string says; the interpreter reads those with signs of their own, at its pace."""
    return str(ast.literal_eval(quoted)) if "\\" in quoted else quoted[1:-1]


def prepare() -> None:
    """Read every catalogue, so that the first change of the language need not wait for it."""
    for language in _FILES:
        patterns_in(language)


@functools.cache
def patterns_in(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Give the patterns of a language's catalogue."""
    return patterns_of(catalogue(language))


def patterns_of(known: Mapping[str, str]) -> list[tuple[re.Pattern[str], str]]:
    """Give the texts with ``{fields}`` as patterns of what they become when filled in, longest first.

    Left out are those that would match anything or whose fields have formats: these are filled in here.
    """
    found = []
    for text, target in sorted(known.items(), key=lambda pair: -len(pair[0])):
        words = _FIELD.sub("", text)
        if words != text and ":" not in "".join(_FIELD.findall(text)) and len(words.strip(" :,;")) >= 4:
            parts = _FIELD.split(text)
            pattern = "".join(
                f"(?P<{part[1:-1]}>.+?)" if _FIELD.fullmatch(part) else re.escape(part) for part in parts
            )
            found.append((re.compile(pattern), target))
    return found


class Texts:
    """Gives texts in the language chosen, and sets them again when it changes.

    Parameters
    ----------
    language : str
        A key of :data:`LANGUAGES`.
    """

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self._known = catalogue(language)
        self._patterns = patterns_in(language)
        self._met: dict[str, tuple[int, str]] = {}
        self._said: list[tuple[Setter, str]] = []
        self._listeners: list[Callable[[], None]] = []
        self.zone: datetime.tzinfo | None = datetime.UTC
        """The zone in which instants are written; None for this machine's."""

    @property
    def language(self) -> str:
        """The code of the language."""
        return self._language

    def tr(self, text: str, **values: object) -> str:
        """Give a text in the language, its ``{names}`` filled in; English where it is not known.

        Numbers have a minus sign where they are below 0.

        A sentence of the core that comes filled in, such as ``overlaps block B01``, is known again by
        its pattern ``overlaps block {name}``.
        """
        found = self._known.get(text)
        if not values:
            return self._recognised(text) if found is None else found
        written = {name: _written(value) for name, value in values.items()}
        return (text if found is None else found).format(**written)

    def reason(self, text: str) -> str:
        """Give a reason of the core; what it is about may stand before it, with a colon, and stays.

        Of the whole and of what follows the colon the one counts that is known more nearly: as it stands, or
        by the longer pattern.
        """
        about, colon, why = text.partition(": ")
        if colon and self._rank(why) < self._rank(text):
            return f"{about}: {self.tr(why)}"
        return self.tr(text)

    def _rank(self, text: str) -> int:
        """Give how nearly a text is known: -1 as it stands, else the place of its pattern, longest first."""
        return -1 if text in self._known else self._match(text)[0]

    def _recognised(self, text: str) -> str:
        return self._match(text)[1]

    def _match(self, text: str) -> tuple[int, str]:
        """Give the place of the first pattern that a text fits, and what it becomes; the text where none."""
        if text not in self._met:
            if len(self._met) >= _MET_MOST:
                self._met.clear()
            matches = ((pattern.fullmatch(text), target) for pattern, target in self._patterns)
            found = ((at, target.format(**m.groupdict())) for at, (m, target) in enumerate(matches) if m)
            self._met[text] = next(found, (len(self._patterns), text))
        return self._met[text]

    def say(self, setter: Setter, text: str) -> None:
        """Set a text now, and again whenever the language changes."""
        self._said.append((setter, text))
        setter(self.tr(text))

    def take_zone(self, zone: datetime.tzinfo | None) -> None:
        """Write instants in another zone from now on; listeners are called where it differs."""
        for listener in self.enter(zone):
            listener()

    def enter(self, zone: datetime.tzinfo | None) -> list[Callable[[], object]]:
        """Write instants in another zone, and give the calls that then show it, for who spreads them."""
        if zone == self.zone:
            return []
        self.zone = zone
        return [*self._listeners]

    def listen(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after each change of the language or the zone."""
        self._listeners.append(listener)

    def switch(self, language: str) -> None:
        """Change the language of everything that was said."""
        for call in self.begin(language):
            call()

    def begin(self, language: str) -> list[Callable[[], object]]:
        """Change the language, and give the calls that then set all that was said, for who spreads them.

        Each takes the language as it is when it is made: after two changes either list ends right.
        """
        self._language, self._known = language, catalogue(language)
        self._patterns = patterns_in(language)
        self._met.clear()
        said = [functools.partial(self._say_again, number) for number in range(len(self._said))]
        return [*said, *self._listeners]

    def _say_again(self, number: int) -> None:
        setter, text = self._said[number]
        setter(self.tr(text))
