"""Connections of a project file: what they say, and that no secret is ever shown."""

from pathlib import Path

import pytest

from segql import cache
from segql.catalog.masked import masked
from segql.catalog.project_file import read_project_file
from segql.catalog.project_nodes import ALONE, Connection, FilesFolder, Secret
from segql.cli import main
from segql.diagnostics import Report, SegqlError, render
from segql.engines import connect
from segql.engines.secrets import address, parted
from segql.source import Source

HIDDEN = "hunter2"


def read(text: str) -> "dict[str, Connection]":
    report = Report()
    project = read_project_file(Source(text, "segql.yaml"), report)
    assert project is not None, "\n".join(map(render, report.diagnostics))
    return dict(project.connections)


def faults(text: str) -> list[str]:
    report = Report()
    assert read_project_file(Source(text, "segql.yaml"), report) is None
    return [render(each) for each in report.diagnostics]


SEVERAL = """\
connections:
  files: {engine: duckdb, files: data}
  base:
    engine: postgres
    url: postgresql://db:5432/shop?application_name=x
    user: {env: SHOP_USER}
    password: {file: secret.txt}
    schema: analytics
    options: {sslmode: require, connect_timeout: 5, keep: true}
  embedded: {engine: clickhouse, database: shop.chdb}
  cluster: {engine: spark, url: "local[2]"}
default: base
"""


def test_several() -> None:
    report = Report()
    project = read_project_file(Source(SEVERAL), report)
    assert project is not None
    assert list(project.connections) == ["files", "base", "embedded", "cluster"]
    assert project.connection is project.connections["base"]
    assert project.connection == Connection(
        "postgres",
        url="postgresql://db:5432/shop?application_name=x",
        user=Secret(env="SHOP_USER"),
        password=Secret(file="secret.txt"),
        schema="analytics",
        options={"sslmode": "require", "connect_timeout": "5", "keep": "true"},
    )
    assert project.connections["embedded"].database == "shop.chdb"
    assert project.connections["cluster"].url == "local[2]"


def test_the_first_is_the_default() -> None:
    report = Report()
    text = SEVERAL.replace("default: base\n", "")
    project = read_project_file(Source(text), report)
    assert project is not None
    assert project.connection == Connection("duckdb", FilesFolder("data"))
    assert list(read("connection: {engine: duckdb, files: a}\n")) == [ALONE]


POSTGRES = "engine: postgres, url: 'postgresql://db/shop'"
WRONG = {
    "a password": (
        f"connection: {{{POSTGRES}, password: {HIDDEN}}}",
        "E650",
        "{env: SHOP_PASSWORD}",
    ),
    "a number": (f"connection: {{{POSTGRES}, password: 4711}}", "E650", "{env:"),
    "a list": (f"connection: {{{POSTGRES}, password: [{HIDDEN}]}}", "E650", "{env:"),
    "on a line of its own": (
        "connection:\n  engine: postgres\n  url: postgresql://db/shop\n"
        f"  password:\n    {HIDDEN}\n",
        "E650",
        "{env:",
    ),
    "a block": (
        "connection:\n  engine: postgres\n  url: postgresql://db/shop\n"
        f"  password: |\n    {HIDDEN}\n",
        "E650",
        "{env:",
    ),
    "in the URL": (
        f"connection: {{engine: postgres, url: 'postgresql://a:{HIDDEN}@db/shop'}}",
        "E650",
        "take it out",
    ),
    "in the URL, with signs": (
        f"connection: {{engine: postgres, url: 'postgresql://a:p/{HIDDEN}@db/shop'}}",
        "E650",
        "take it out",
    ),
    "behind the URL": (
        f"connection: {{engine: postgres, url: 'postgresql://b/s?password={HIDDEN}'}}",
        "E650",
        "take it out",
    ),
    "a token": (
        f"connection: {{engine: spark, url: 'sc://b:1/;token={HIDDEN}'}}",
        "E650",
        "take it out",
    ),
    "a token as an option": (
        "connection:\n  engine: spark\n  url: sc://b:1\n"
        f"  options: {{spark.token: {HIDDEN}}}",
        "E650",
        "a token too",
    ),
    "as in a shell": (
        f"connection: {{{POSTGRES}, password: '${{PGPASS}}'}}",
        "E650",
        "{env: PGPASS}",
    ),
    "a host as in a shell": (
        "connection: {engine: postgres, url: 'postgresql://${HOST}/shop'}",
        "E651",
        "{env: HOST}",
    ),
    "a user as in a shell": (
        f"connection: {{{POSTGRES}, user: $PGUSER}}",
        "E651",
        "`user: {env: PGUSER}`",
    ),
    "both env and file": (
        f"connection: {{{POSTGRES}, password: {{env: A, file: b}}}}",
        "E652",
        "keep one",
    ),
    "neither env nor file": (
        f"connection: {{{POSTGRES}, password: {{}}}}",
        "E652",
        "{env: NAME}",
    ),
    "a slip in env": (
        f"connection: {{{POSTGRES}, password: {{envv: {HIDDEN}}}}}",
        "E610",
        "`env`",
    ),
    "a slip in password": (
        f"connection: {{{POSTGRES}, passwort: {HIDDEN}}}",
        "E610",
        "`password`",
    ),
    "not yet closed": (
        f"connection: {{{POSTGRES}, password: {HIDDEN}\ncatalog: x",
        "E601",
        "",
    ),
    "the URL as an engine": (
        f"connection: {{engine: 'postgresql://a:{HIDDEN}@b/c'}}",
        "E614",
        "postgres",
    ),
    "an empty URL": ("connection: {engine: postgres, url: ''}", "E613", "url"),
    "no URL": ("connection: {engine: postgres}", "E644", "postgresql://"),
    "a file for a server": (
        "connection: {engine: mysql, database: shop}",
        "E653",
        "`url`",
    ),
    "a user of a file": (
        "connection: {engine: sqlite, database: a.db, user: me}",
        "E653",
        "remove",
    ),
    "a schema of files": (
        "connection: {engine: duckdb, files: data, schema: x}",
        "E653",
        "remove",
    ),
    "the URL of another": (
        "connection: {engine: postgres, url: 'mysql://db/shop'}",
        "E654",
        "engine: mariadb",
    ),
    "an address of Java": (
        "connection: {engine: postgres, url: 'jdbc:postgresql://db/shop'}",
        "E654",
        "`postgresql://",
    ),
    "a host alone": ("connection: {engine: postgres, url: db}", "E654", "postgresql:"),
    "both kinds": (
        "connection: {engine: duckdb, files: a}\n"
        "connections: {b: {engine: duckdb, files: a}}",
        "E655",
        "",
    ),
    "no entry": ("catalog: a", "E656", "add `connection:"),
    "none": ("connections: {}", "E656", ""),
    "a default": (
        "connections: {abc: {engine: duckdb, files: a}}\ndefault: abd",
        "E657",
        "`abc`",
    ),
    "a default of one": (
        "connection: {engine: duckdb, files: a}\ndefault: abd",
        "E657",
        "`default`",
    ),
    "a name": ("connections: {-x: {engine: duckdb, files: a}}", "E658", "digits"),
    "an option": (
        f"connection: {{{POSTGRES}, options: {{a: [b]}}}}",
        "E612",
        "a text",
    ),
    "options": (f"connection: {{{POSTGRES}, options: 5}}", "E612", "a mapping"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong(name: str) -> None:
    text, code, says = WRONG[name]
    found = faults(text)
    assert found[0].startswith(f"error[{code}]"), found
    assert len(found) == 1 or code in ("E601", "E655"), found
    assert says in found[0]
    assert HIDDEN not in "".join(found)
    assert "4711" not in "".join(found)


@pytest.mark.parametrize(
    "text",
    [
        f"password: {HIDDEN}",
        f"  'password': \"{HIDDEN}\" # {HIDDEN}",
        f"passwort: {HIDDEN}",
        f"a: {{pwd: {HIDDEN}, b: {HIDDEN}}}",
        f"url: postgres://a:{HIDDEN}@b",
        f"url: 'postgres://a: {HIDDEN}'{HIDDEN}@b'",
        f"dsn: host=b password={HIDDEN} x={HIDDEN}",
        f"password:\n  {HIDDEN}\n  {HIDDEN}",
        f"  password: >\n\n    {HIDDEN}",
        f"api_key: {HIDDEN}",
        f"password: {{env: A}} {HIDDEN}",
        f"password: {{value: {HIDDEN}}}",
        f"pasword: {HIDDEN}",
        f"pasword: [{HIDDEN}]",
        f"pasword: {{x: {HIDDEN}}}",
        f"pasword:{HIDDEN}",
        f"pasword: |\n  {HIDDEN}",
        f"pasword:\n  {HIDDEN}",
        f"connection: {{engine: x, pass word: {HIDDEN}}}",
        f"connection: {{engine: x, 'p': \"{HIDDEN}\"}}",
        f"options: {{a: {HIDDEN}}}",
        HIDDEN,
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    hidden = masked(text)
    assert HIDDEN not in hidden
    assert list(map(len, hidden.split("\n"))) == list(map(len, text.split("\n")))


@pytest.mark.parametrize(
    "text",
    [
        "password: {env: SHOP}",
        "password: {env: SHOP}, schema: x}",
        "password: {file: /run/x-y.txt}  # why",
        "password:\n  env: SHOP\nschema: b",
        "password:\n    file: a/b\n",
        "url: postgresql://db/shop",
        "catalog: catalog.yaml",
        "connections:\n  live: {engine: duckdb, files: {package: a, folder: b}}",
        "connection:\n  engine: spark\n  url: local[2]\n---\n# why",
    ],
)
def test_what_is_no_secret_is_shown(text: str) -> None:
    assert masked(text) == text


# Addresses.


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://db/shop", ("postgresql://db/shop", None, None)),
        ("postgresql://a@db/shop", ("postgresql://db/shop", "a", None)),
        ("postgresql://a:p%40w@db:5/s?x=y", ("postgresql://db:5/s?x=y", "a", "p@w")),
        ("postgresql://a:p@w@db/s", ("postgresql://db/s", "a", "p@w")),
        ("mariadb://b/x?user=a&password=p&c=d", ("mariadb://b/x?c=d", "a", "p")),
        ("postgresql://[::1]:5/x", ("postgresql://[::1]:5/x", None, None)),
        ("postgresql://a:5,b:6/x", ("postgresql://a:5,b:6/x", None, None)),
        ("postgresql:///x?host=/tmp", ("postgresql:///x?host=/tmp", None, None)),
        ("sc://b:1/;token=t", ("sc://b:1/", None, "t")),
        ("sc://b:1/;token=t;x=y", ("sc://b:1/;x=y", None, "t")),
        ("local[2]", ("local[2]", None, None)),
        ("postgresql://a:p/w@db/s", None),
        ("postgresql://a:1/w@db/s", None),
        ("postgresql://a:p#w@db/s", None),
        ("a:p@db", None),
        ("", None),
    ],
)
def test_urls(url: str, found: object) -> None:
    assert parted(url) == found


def test_secrets_come_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", f"postgresql://you:{HIDDEN}@db/shop")
    monkeypatch.setenv("EMPTY", "")
    (tmp_path / "secret").write_text("pass word \r\n", encoding="utf-8")
    settings = Connection(
        "postgres",
        url=Secret(env="SHOP_URL"),
        user="me",
        password=Secret(file="secret"),
        options={"a": "b"},
    )
    found = address(settings, tmp_path)
    assert (found.url, found.user) == ("postgresql://db/shop", "me")
    assert found.password == "pass word "
    assert "pass word" not in repr(found)
    plain = Connection("postgres", url=Secret(env="SHOP_URL"))
    assert address(plain, tmp_path).password == HIDDEN
    empty = Connection("postgres", url="postgresql://b", password=Secret(env="EMPTY"))
    assert address(empty, tmp_path).password == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "is not there"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (f"{HIDDEN}\nx".encode(), "more than one line"),
        (HIDDEN.encode() + b"\xff", "is not UTF-8"),
        (b"a" * 70_000, "more than one line"),
    ],
)
def test_files_that_hold_no_secret(
    content: bytes | None, says: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    settings = Connection("postgres", url="a://b", password=Secret(file="secret"))
    with pytest.raises(SegqlError) as caught:
        connect(settings, tmp_path)
    [found] = caught.value.diagnostics
    assert found.code == "E572"
    assert says in found.message
    assert HIDDEN not in f"{caught.value!r} {caught.value.__context__!r}"


def test_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_URL", raising=False)
    monkeypatch.setenv("BAD_URL", f"postgresql://a:{HIDDEN}/x@b/c")
    wrong = {
        "E570": Connection("oracle", url="x://y"),
        "E571": Connection("postgres", url=Secret(env="SHOP_URL")),
        "E572": Connection("postgres", url=Secret(file=".")),
        "E573": Connection("postgres", url=Secret(env="BAD_URL")),
    }
    for code, settings in wrong.items():
        with pytest.raises(SegqlError) as caught:
            connect(settings, tmp_path)
        assert [each.code for each in caught.value.diagnostics] == [code]
        assert HIDDEN not in str(caught.value)


# The whole way.


@pytest.mark.parametrize("words", [["check"], ["run", "everyone"], ["doctor"]])
def test_a_password_is_in_no_output_and_no_file(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SEGQL_DEBUG", "1")
    (tmp_path / "catalog.yaml").write_text("entity: {table: a, key: b, zone: UTC}\n")
    for entry in (f"password: {HIDDEN}", f"pasword: {HIDDEN}", f"  password: {HIDDEN}"):
        text = f"connection:\n  engine: postgres\n  url: postgresql://b/c\n  {entry}\n"
        (tmp_path / "segql.yaml").write_text(text, encoding="utf-8")
        assert main(words) == 1
        shown = capsys.readouterr()
        assert HIDDEN not in shown.out + shown.err
    text = f"# password: {HIDDEN}\nconnection: {{engine: duckdb, files: data}}\n"
    (tmp_path / "segql.yaml").write_text(text, encoding="utf-8")
    cache.folder.cache_clear()
    try:
        main(words)
        capsys.readouterr()
        files = [each for each in (tmp_path / "cache").rglob("*") if each.is_file()]
        assert any(each.name.startswith("project-") for each in files)
        assert not any(HIDDEN.encode() in each.read_bytes() for each in files)
    finally:
        cache.folder.cache_clear()
