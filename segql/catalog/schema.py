"""The forms in, JSON Schemas out, so that editors complete and check the files.

`python -m segql.catalog.schema` writes them into the folder `grammar`.
"""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from segql.catalog.forms import CatalogForm
from segql.catalog.project_forms import ProjectForm
from segql.catalog.value_forms import Form


class _Schema(GenerateJsonSchema):
    """Leaves out what editors would only stumble over: null, titles, no default."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def catalog_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of catalog.yaml."""
    return _schema(CatalogForm, "segql catalog")


def project_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of segql.yaml."""
    return _schema(ProjectForm, "segql project")


def _schema(form: type[Form], title: str) -> dict[str, Any]:
    made = form.model_json_schema(schema_generator=_Schema)
    return {"$schema": _Schema.schema_dialect, **made, "title": title}


def text(schema: dict[str, Any]) -> str:
    """A schema as the text of its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes both schemas into the folder `grammar` of the repository."""
    folder = Path(__file__).parents[2] / "grammar"
    for name, schema in schemas().items():
        (folder / name).write_text(text(schema), encoding="utf-8")


def schemas() -> dict[str, dict[str, Any]]:
    """Each schema by the name of its file."""
    return {
        "catalog.schema.json": catalog_schema(),
        "segql.schema.json": project_schema(),
    }


if __name__ == "__main__":
    main()
