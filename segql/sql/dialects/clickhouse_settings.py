"""The settings of ClickHouse that our SQL relies on.

They stand at the end of the compiled text too, so that whoever runs it elsewhere gets
the same members. Values are texts, as `system.settings` shows them.
"""

from collections.abc import Mapping

SETTINGS: Mapping[str, str] = {
    "aggregate_functions_null_for_empty": "1",
    "enable_materialized_cte": "1",
    "join_use_nulls": "1",
    "prefer_column_name_to_alias": "1",
    "session_timezone": "UTC",
    "short_circuit_function_evaluation": "force_enable",
    "transform_null_in": "0",
    "union_default_mode": "DISTINCT",
}
