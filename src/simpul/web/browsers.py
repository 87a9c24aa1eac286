"""What people call the browser and the system that a User-Agent header names."""

from __future__ import annotations

import re

# The first that fits: others put the names of those they resemble into theirs.
_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\w+ )?Safari/"),
)
_SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
)
LONGEST = 60


def browser_of(header: str) -> str:
    """`Chrome 156, Android`; what is not known is shown as it is, shortened; empty for an empty header."""
    browser = next((f"{name} {found[1]}" for name, pattern in _BROWSERS if (found := re.search(pattern, header))), "")
    system = next((name for name, pattern in _SYSTEMS if re.search(pattern, header)), "")
    return ", ".join(filter(None, (browser, system))) if browser else header[:LONGEST]
