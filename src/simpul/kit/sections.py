"""Settings as sections of typed keys: frozen dataclasses filled from TOML values and environment texts.

A section declares each key with `setting`, which carries what it means and what is valid. Errors name the place,
what is wrong there and what to write instead, in one line.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from simpul.kit.problem import Problem


class ConfigurationError(Problem):
    """Names the file or variable, the key, what is wrong with it, and what to write instead."""


class Key(NamedTuple):
    """One documented setting. `type` and `default` are written the way a person reads them."""

    name: str
    type: str
    default: str
    doc: str


class Source(NamedTuple):
    """A value as written, and how to name its place in an error. Texts of the environment are not typed yet."""

    place: str
    value: Any
    untyped: bool = False


def setting(
    doc: str,
    *,
    default: Any,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    check: Callable[[Any], str | None] | None = None,
    secret: bool = False,
) -> Any:
    """A field of a section. `check` returns what is wrong and what to write instead, or None.

    A secret is left out of `repr`, and may also be given as the path of a file, by the key `<name>_file`.
    """
    rules = {"doc": doc, "low": low, "high": high, "choices": choices, "check": check, "secret": secret}
    return dataclasses.field(default=default, repr=not secret, metadata=rules)


def read_section(kind: type[Any], given: Mapping[str, Source]) -> Any:
    """An instance of the dataclass `kind` from what was written. Raises ConfigurationError."""
    hints = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    secrets = {f"{name}_file": name for name, field in fields.items() if field.metadata["secret"]}
    values: dict[str, Any] = {}
    for written, source in given.items():
        name = secrets.get(written, written)
        if name not in fields:
            raise ConfigurationError(f"{source.place}: there is no such setting{close_to(written, fields)}")
        text = source if name == written else _from_file(name, source, given)
        values[name] = _valid(text, hints[name], fields[name].metadata)
    return kind(**values)


def describe_section(section: str, kind: type[Any]) -> list[Key]:
    """Every key of the section as `section.key`, those that name a secret's file included."""
    rows: list[Key] = []
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        rules = field.metadata
        name = f"{section}.{field.name}"
        typed = " | ".join(rules["choices"]) or _named(hints[field.name])
        rows.append(Key(name, typed, _written(field.default), rules["doc"]))
        if rules["secret"]:
            rows.append(Key(f"{name}_file", "path", "", f"File that holds {name}"))
    return rows


def close_to(name: str, known: Iterable[str]) -> str:
    """The end of an error about an unknown name: the one that was probably meant, or all there are."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f'; did you mean "{near[0]}"?' if near else f". Known: {', '.join(names)}"


def _from_file(name: str, source: Source, given: Mapping[str, Source]) -> Source:
    if name in given:
        raise ConfigurationError(f"{source.place}: {name} is set as well ({given[name].place}). Keep one of the two")
    try:
        text = Path(str(source.value)).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not a text"
        raise ConfigurationError(f"{source.place}: {source.value}: {why}. Check the path and its mode") from None
    return Source(source.place, text, untyped=True)


def _valid(source: Source, kind: Any, rules: Mapping[str, Any]) -> Any:
    value = _typed(source, kind, secret=rules["secret"])
    low, high, choices = rules["low"], rules["high"], rules["choices"]
    if low is not None and not low <= value <= high:
        raise ConfigurationError(f"{source.place}: {value} is outside {low}..{high}. Write a number in that range")
    if choices and value not in choices:
        raise ConfigurationError(f'{source.place}: "{value}" is not one of {", ".join(choices)}. Write one of these')
    wrong = rules["check"](value) if rules["check"] else None
    if wrong:
        raise ConfigurationError(f"{source.place}: {wrong}")
    return value


def _typed(source: Source, kind: Any, *, secret: bool) -> Any:
    value = _parsed(source.value.strip(), kind) if source.untyped else source.value
    if kind is Path and isinstance(value, str):
        return Path(value)
    if kind is float and type(value) is int:
        return float(value)
    if kind == tuple[str, ...] and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if kind == tuple[float, ...] and isinstance(value, list) and all(type(item) in (int, float) for item in value):
        return tuple(float(item) for item in value)
    if type(value) is kind:
        return value
    shown = "what is written" if secret else repr(value)
    raise ConfigurationError(f"{source.place}: {shown} is not {_EXPECTED[_named(kind)]}")


def _parsed(text: str, kind: Any) -> Any:
    """The text as TOML would have given it; the text itself where that fails."""
    if kind is bool:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(text.lower(), text)
    if kind == tuple[str, ...]:
        return [item.strip() for item in text.split(",") if item.strip()]
    read: dict[Any, Callable[[str], Any]] = {
        int: int,
        float: float,
        tuple[float, ...]: lambda text: [float(item) for item in text.strip("[]").split(",")],
    }
    try:
        return read.get(kind, str)(text)
    except ValueError:
        return text


_EXPECTED = {
    "text": 'a text. Write it in quotes: "..."',
    "whole number": "a whole number. Write digits without quotes, for example 8",
    "number": "a number. Write for example 0.5",
    "yes/no": "true or false. Write one of these without quotes",
    "list of texts": 'a list of texts. Write for example ["id", "en"]',
    "list of numbers": "a list of numbers. Write for example [-11, 95, 6, 141]",
    "path": 'a path. Write it in quotes: "/srv/simpul"',
}


def _named(kind: Any) -> str:
    names = {str: "text", int: "whole number", float: "number", bool: "yes/no", Path: "path"}
    return names.get(kind, "list of numbers" if kind == tuple[float, ...] else "list of texts")


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(f"{item:g}" if isinstance(item, float) else item for item in value)
    return "" if value == Path() else str(value)
