"""One connection's entry in, the same as plain values out."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from segql.catalog.masked import is_secret_name
from segql.catalog.project_forms import (
    ConnectionForm,
    Literally,
    PackageForm,
    SecretForm,
)
from segql.catalog.project_nodes import (
    Connection,
    Files,
    FilesFolder,
    PackageFolder,
    Secret,
)
from segql.catalog.yaml import Document, Path
from segql.diagnostics import Report
from segql.messages import catalog as catalog_messages
from segql.messages import connections as messages

PLACES: Mapping[str, tuple[str, ...]] = {
    "duckdb": ("files", "database"),
    "sqlite": ("database",),
    "postgres": ("url",),
    "mariadb": ("url",),
    "mysql": ("url",),
    "clickhouse": ("url", "database"),
    "spark": ("url",),
}
"""What can say of an engine where its data is."""
SCHEMES: Mapping[str, tuple[str, ...]] = {
    "postgres": ("postgresql", "postgres"),
    "mariadb": ("mariadb", "mysql"),
    "mysql": ("mysql", "mariadb"),
    "clickhouse": ("http", "https", "clickhouse", "clickhouses"),
    "spark": ("local", "spark", "sc", "yarn", "k8s"),
}
EXAMPLES: Mapping[str, str] = {
    "duckdb": "files: data",
    "sqlite": "database: shop.sqlite",
    "postgres": "url: postgresql://db.example.com/shop",
    "mariadb": "url: mariadb://db.example.com/shop",
    "mysql": "url: mysql://db.example.com/shop",
    "clickhouse": "url: https://db.example.com:8443/shop",
    "spark": "url: sc://spark.example.com:15002",
}
_PLACES = ("files", "database", "url")
_OF_SERVERS = ("user", "password", "schema", "options")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_SCHEME = re.compile(r"(jdbc:)?([a-z][a-z0-9]*)(\+\w+)?(?=:|\[|$)", re.I)
_SECRET_IN_URL = re.compile(
    r"://[^/?#]*:[^/?#]*@|://.*:.*@|[?&;](password|pwd|token)=.", re.I
)


def connection(
    form: ConnectionForm, at: Path, document: Document, report: Report
) -> Connection:
    """Reports what doesn't fit together, at the entry `at`."""
    reader = _Reader(form, at, document, report)
    reader.places()
    reader.secrets()
    return Connection(
        form.engine,
        reader.files(),
        form.database,
        reader.url(),
        reader.text("user", form.user),
        reader.secret("password", form.password),
        form.db_schema,
        dict(form.options),
        dict(form.versions),
    )


class _Reader:
    def __init__(
        self, form: ConnectionForm, at: Path, document: Document, report: Report
    ) -> None:
        self.form = form
        self.at = at
        self.document = document
        self.report = report

    def places(self) -> None:
        """Exactly one says where the data is; the rest goes with a server."""
        engine = self.form.engine
        possible = PLACES[engine]
        written: Mapping[str, object] = self.document.at(self.at)
        found = [name for name in _PLACES if name in written]
        wrong = [name for name in found if name not in possible]
        for name in wrong:
            span = self.document.key((*self.at, name))
            self.report.add(messages.not_of_engine(name, engine, possible, span))
        span = self.document.key(self.at)
        if not found:
            self.report.add(catalog_messages.nowhere(EXAMPLES[engine], span))
        elif len(found) > 1 and not wrong:
            self.report.add(catalog_messages.two_places(found[0], found[1], span))
        if found and not wrong and "versions" in written and "files" not in found:
            span = self.document.key((*self.at, "versions"))
            self.report.add(messages.only_with_files("versions", found[0], span))
        if found and not wrong and "url" not in found:
            for name in _OF_SERVERS:
                if name in written:
                    span = self.document.key((*self.at, name))
                    self.report.add(messages.only_with_url(name, found[0], span))

    def files(self) -> Files | None:
        files = self.form.files
        if isinstance(files, PackageForm):
            return self.package(files)
        return None if files is None else FilesFolder(files)

    def package(self, form: PackageForm) -> PackageFolder:
        at = (*self.at, "files")
        if not all(part.isidentifier() for part in form.package.split(".")):
            span = self.document.span((*at, "package"))
            self.report.add(catalog_messages.bad_package(form.package, span))
        folder = PurePosixPath(form.folder.replace("\\", "/"))
        if folder.is_absolute() or ".." in folder.parts or ":" in form.folder:
            span = self.document.span((*at, "folder"))
            self.report.add(catalog_messages.folder_outside(form.folder, span))
        return PackageFolder(form.package, form.folder)

    def secrets(self) -> None:
        """No secret stands in the file itself."""
        if isinstance(self.form.password, Literally):
            value = self.document.at((*self.at, "password"))
            span = self.document.span((*self.at, "password"))
            self.report.add(messages.password_in_file(_variable(value), span))
        for name in self.form.options:
            if is_secret_name(name):
                span = self.document.key((*self.at, "options", name))
                self.report.add(messages.secret_in_options(name, span))

    def url(self) -> str | Secret | None:
        url = self.text("url", self.form.url)
        span = self.document.span((*self.at, "url"))
        if not isinstance(url, str):
            return url
        known = SCHEMES.get(self.form.engine, ())
        if holds_secret(url):
            self.report.add(messages.password_in_url(span))
        elif known and _variable(url) is None:
            scheme = _SCHEME.match(url)
            if scheme is None or scheme[2].lower() not in known or scheme[1]:
                example = EXAMPLES[self.form.engine].removeprefix("url: ")
                other = _engine_of(scheme[2].lower()) if scheme else None
                self.report.add(
                    messages.other_scheme(self.form.engine, other, example, span)
                )
        return url

    def text(self, name: str, value: str | SecretForm | None) -> str | Secret | None:
        if isinstance(value, SecretForm):
            return self.secret(name, value)
        if value is not None and (variable := _variable(value)):
            span = self.document.span((*self.at, name))
            self.report.add(messages.variable_in_text(name, variable, span))
        return value

    def secret(self, name: str, form: SecretForm | Literally | None) -> Secret | None:
        if not isinstance(form, SecretForm):
            return None
        written: Mapping[str, object] = self.document.at((*self.at, name)) or {}
        slips = not written.keys() <= {"env", "file"}
        if (form.env is None) == (form.file is None) and not slips:
            both = form.env is not None
            span = self.document.key((*self.at, name))
            self.report.add(messages.env_or_file(name, both, span))
        return Secret(form.env, form.file)


def holds_secret(url: str) -> bool:
    """Whether a URL has a password, or a token, inside."""
    return bool(_SECRET_IN_URL.search(url))


def _variable(value: object) -> str | None:
    """The environment variable that a shell would put there."""
    found = _VARIABLE.search(value) if isinstance(value, str) else None
    return found[1] if found else None


def _engine_of(scheme: str) -> str | None:
    return next((name for name, known in SCHEMES.items() if scheme in known), None)
