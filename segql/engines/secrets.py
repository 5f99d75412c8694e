"""A connection's settings in, the address of its server out, secrets filled in."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from segql.diagnostics import SegqlError
from segql.engines import Address, Secret, Settings
from segql.messages import connections as messages

_LONGEST = 64 * 1024
_HOSTS = re.compile(
    r"(\[[^\]\s]*\]|[^:,\s@\[\]]*)(:\d*)?(,(\[[^\]\s]*\]|[^:,@]*)(:\d*)?)*"
)
_WITHIN = re.compile(
    r"(?<=[?&;])(user(?:name)?|password|pwd|token)=([^&;#]*)[&;]?", re.I
)
_EXAMPLES = {
    "postgres": "postgresql://db.example.com:5432/shop",
    "mariadb": "mariadb://db.example.com:3306/shop",
    "mysql": "mysql://db.example.com:3306/shop",
    "clickhouse": "https://db.example.com:8443/shop",
    "spark": "spark://master.example.com:7077",
}


def address(settings: Settings, base_folder: Path) -> Address:
    """Where the server is. What a URL from outside holds of user and password counts
    where the connection names none itself, and does not stay in the URL.

    Raises:
        SegqlError: a secret is not there, or the URL can't be read.
    """
    url = _text(settings.url, "url", base_folder) or ""
    user = _text(settings.user, "user", base_folder)
    password = _text(settings.password, "password", base_folder)
    found = parted(url)
    if found is None:
        example = _EXAMPLES.get(settings.engine, "engine://db.example.com/shop")
        raise SegqlError([messages.url_unreadable(settings.engine, example)])
    url, inner_user, inner_password = found
    return Address(
        url,
        inner_user if user is None else user,
        inner_password if password is None else password,
        settings.schema,
        dict(settings.options),
        base_folder,
    )


def parted(url: str) -> tuple[str, str | None, str | None] | None:
    """A URL without its user and password, and these two; None if it is unclear."""
    scheme, sign, rest = url.partition("://")
    if not sign:
        return None if "@" in url or not url.strip() else (url, None, None)
    end = min(i for c in "/?#" if (i := rest.find(c) % (len(rest) + 1)) >= 0)
    authority, tail = rest[:end], rest[end:]
    inner, at, hosts = authority.rpartition("@")
    unclear = not at and ":" in hosts and "@" in tail.partition("?")[0]
    if unclear or not _HOSTS.fullmatch(hosts):
        return None
    user, password = None, None
    if at:
        name, colon, secret = inner.partition(":")
        user = unquote(name) if name else None
        password = unquote(secret) if colon else None
    for key, value in _WITHIN.findall(tail):
        if key.lower().startswith("user"):
            user = unquote(value)
        else:
            password = unquote(value)
    tail = _WITHIN.sub("", tail).rstrip("?&;")
    return f"{scheme}://{hosts}{tail}", user, password


def _text(value: str | Secret | None, what: str, base_folder: Path) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if value.env is not None:
        found = os.environ.get(value.env)
        if found is None:
            raise SegqlError([messages.variable_missing(value.env, what)])
        return found
    return _from_file(value.file or "", what, base_folder)


def _from_file(name: str, what: str, base_folder: Path) -> str:
    path = base_folder / Path(name).expanduser()
    reason = None
    text = ""
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST + 1).decode("utf-8-sig").rstrip("\r\n")
    except FileNotFoundError:
        reason = "is not there"
    except UnicodeDecodeError:
        reason = "is not UTF-8"
    except IsADirectoryError:
        reason = "is a folder"
    except (OSError, ValueError, RuntimeError):
        reason = "can't be read"
    if reason is None and not text:
        reason = "is empty"
    if reason is None and (len(text) > _LONGEST or "\n" in text):
        reason = "has more than one line"
    if reason is not None:
        raise SegqlError([messages.secret_unreadable(name, what, reason)])
    return text
