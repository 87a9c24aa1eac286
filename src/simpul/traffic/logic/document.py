"""A text of YAML or JSON as plain data. A file from anywhere is refused with its line, never with a traceback.

YAML is read from its events, so that nothing of it is carried out or expanded: tags and aliases are refused, and
only numbers, true, false and null are more than texts (`no`, `on`, `1:30` and `0012` stay texts).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

from simpul.kit.problem import Problem

MOST_CHARACTERS = 64 * 2**20
DEEPEST = 16
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,29})")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", re.IGNORECASE)
_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "Null": None, "~": None, "": None}


class PlanError(Problem):
    """Names the file, the place in it, what is wrong there and what to write instead."""


def read_document(text: str, name: str) -> Any:
    """The data of a text. `name` is the file's, for errors; `.json` is read as JSON only. Raises PlanError."""
    if len(text) > MOST_CHARACTERS:
        raise PlanError(f"{name}: is longer than {MOST_CHARACTERS // 2**20} million characters. Split it")
    if name.lower().endswith(".json"):
        return _from_json(text, name)
    if text.lstrip().startswith("{"):
        try:
            return _from_json(text, name)
        except _NotJson:
            pass  # YAML can begin with a brace as well
    return _from_yaml(text, name)


class _NotJson(PlanError):
    """The text is no JSON; it may be YAML."""


def _from_json(text: str, name: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise PlanError(f'{name}: "{key[:60]}" is written twice in one object. Keep one of the two')
            found[key] = value
        return found

    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise _NotJson(f"{name}, line {error.lineno}: {error.msg}. Mend the JSON there") from None
    except RecursionError:
        raise PlanError(f"{name}: is nested too deeply. Write it flat") from None
    except ValueError:
        raise PlanError(f"{name}: holds a number of thousands of digits. Write for example 10M") from None


def _from_yaml(text: str, name: str) -> Any:
    building = _Building(name)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            building.take(event)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise PlanError(f"{name}{line}: {error.problem or 'is no YAML'}. Mend the YAML there") from None
    except (yaml.YAMLError, UnicodeError):
        raise PlanError(f"{name}: holds characters that YAML does not allow. Save it as UTF-8 text") from None
    return building.whole


@dataclass(slots=True)
class _Open:
    """A mapping or list that is not complete yet; `key` waits for its value."""

    value: dict[str, Any] | list[Any]
    key: str | None = None


class _Building:
    """Puts a stream of YAML events together, without recursion."""

    def __init__(self, name: str) -> None:
        self.whole: Any = None
        self._name = name
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        """The next event. Raises PlanError for what a plan has no use for."""
        match event:
            case yaml.ScalarEvent():
                self._refuse_tag(event)
                self._scalar(event)
            case yaml.MappingStartEvent():
                self._begin(event, {})
            case yaml.SequenceStartEvent():
                self._begin(event, [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
            case yaml.AliasEvent():
                raise self._wrong(event, f"the alias *{event.anchor} is not read. Write the values out")
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._wrong(event, "a second document begins. Write one document to a file")

    def _begin(self, event: Any, value: dict[str, Any] | list[Any]) -> None:
        self._refuse_tag(event)
        if len(self._open) >= DEEPEST:
            raise self._wrong(event, "is nested too deeply. Write it flat")
        self._put(event, value)
        self._open.append(_Open(value))

    def _scalar(self, event: Any) -> None:
        top = self._open[-1] if self._open else None
        if top is None or isinstance(top.value, list) or top.key is not None:
            self._put(event, _resolved(event.value) if event.implicit[0] else event.value)
        elif event.value in top.value:
            raise self._wrong(event, f'"{event.value[:60]}" is written twice. Keep one of the two')
        else:
            top.key = event.value

    def _put(self, event: Any, value: Any) -> None:
        if not self._open:
            self.whole = value
            return
        top = self._open[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is None:
            raise self._wrong(event, "a key is a list or a mapping. Write a text before the colon")
        else:
            top.value[top.key] = value
            top.key = None

    def _refuse_tag(self, event: Any) -> None:
        if event.tag not in (None, "!"):
            raise self._wrong(event, f"the tag {event.tag[:60]} is not read. Leave it out")

    def _wrong(self, event: Any, what: str) -> PlanError:
        return PlanError(f"{self._name}, line {event.start_mark.line + 1}: {what}")


def _resolved(plain: str) -> Any:
    """What a text without quotes means."""
    if plain in _WORDS:
        return _WORDS[plain]
    if _WHOLE.fullmatch(plain):
        return int(plain)
    if _DECIMAL.fullmatch(plain):
        return float(plain.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return plain
