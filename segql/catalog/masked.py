"""A text in, the same text out with dots for what may be a secret.

Lines of a project file are shown in messages. Someone may have written a password
there, under whatever name, even though none may stand there: so only the values of
the entries that hold no secret are shown.
"""

import re

DOT = "•"
_SHOWN = frozenset(
    "at catalog connection connections database default engine env file files folder"
    " options package schema segments url user versions warnings warnings_in".split()
)
_NAMES = (
    r"[\w.-]*(?:pass|pwd|\bpw\b|kennwort|secret|token|credential|api_?-?key)[\w.-]*"
)
_SECRET_NAME = re.compile(_NAMES, re.I)
_KEY = re.compile(r"(?P<key>[\"']?[\w.-]+[\"']?)[ \t]*[:=](?=[ \t]|$)[ \t]*")
_SECRET_KEY = re.compile(rf"[\"']?{_NAMES}[\"']?[ \t]*[:=][ \t]*", re.I)
_LEVEL = re.compile(r"[\"']?[EW]\d+[\"']?[ \t]*:[ \t]+(?:off|warning|error)(?![\w\"'])")
"""How a warning is taken."""
_REFERENCE = re.compile(r"\{[ \t]*(?:env|file)[ \t]*:[ \t]*[\w./~ \\-]*\}")
_USER = re.compile(r"(?<=://)[^\r\n]*(?=@)")
_ALONE = re.compile(r"[ \t]*(?:[-{}\[\], \t]*|#.*|---.*|\.\.\.)\r?")


def masked(text: str) -> str:
    """Of the same length, line by line."""
    return "\n".join(_line(line) for line in text.split("\n"))


def without_user(text: str) -> str:
    """The same with dots for who signs on by a URL, and by which password."""
    return _USER.sub(lambda found: _dotted(found[0]), text)


def is_secret_name(name: str) -> bool:
    """Whether an entry of this name probably holds a secret."""
    return bool(_SECRET_NAME.search(name))


def _line(line: str) -> str:
    line = without_user(line)
    if found := _SECRET_KEY.search(line):
        kept = _REFERENCE.match(line, found.end())
        if kept is None and not line.startswith("{", found.end()):
            return line[: found.end()] + _dotted(line[found.end() :])
        if kept and re.match(r"[ \t]*[\w\"']", line[kept.end() :]):
            return line[: kept.end()] + _dotted(line[kept.end() :])
    keys = list(_KEY.finditer(line))
    if not keys:
        return line if _ALONE.fullmatch(line) else _dotted(line)
    for key in keys:
        name = key["key"].strip("\"'").lower()
        if _LEVEL.match(line, key.start()):
            continue
        if name not in _SHOWN and not line.startswith("{", key.end()):
            return line[: key.end()] + _dotted(line[key.end() :])
    return line


def _dotted(text: str) -> str:
    return re.sub(r"[^\s{}]", DOT, text)
