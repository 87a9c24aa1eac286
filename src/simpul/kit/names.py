"""What people read as a name: one line, every character of it visible; and when two names are the same. Pure."""

from __future__ import annotations

import re
import unicodedata

# Control, format (zero width, direction), surrogate and private characters; line and paragraph breaks.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Letters and marks that nobody sees either: joiners, fillers, variation selectors, the empty Braille cell.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def is_name(text: str) -> bool:
    """Whether all of it is visible on one line. Spaces inside are; an empty text is no name."""
    return bool(text.strip()) and not any(_is_hidden(letter) for letter in text)


def visible(text: str) -> str:
    """The text with each character that nobody sees as its number: `<U+202E>`."""
    return "".join(f"<U+{ord(letter):04X}>" if _is_hidden(letter) else letter for letter in text)


def same_name_key(text: str) -> str:
    """Equal for names that readers take for the same: width, case and spaces do not count."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _is_hidden(letter: str) -> bool:
    return unicodedata.category(letter) in _HIDDEN or _BLANK.match(letter) is not None
