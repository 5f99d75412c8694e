"""What PostgreSQL's own catalog is asked: columns, types, unique keys."""

COLUMNS = """
SELECT n.nspname::text, c.relname::text, a.attname::text,
    format_type(a.atttypid, a.atttypmod), a.atttypid::bigint,
    pg_table_is_visible(c.oid),
    has_schema_privilege(n.oid, 'USAGE')
    AND has_column_privilege(c.oid, a.attnum, 'SELECT')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition
    AND a.attnum > 0 AND NOT a.attisdropped
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY pg_table_is_visible(c.oid) DESC, n.nspname, c.relname, a.attnum
"""
"""Schema, table, column, type and its number, whether the table is found without its
schema, and whether it may be read."""

TYPES = """
SELECT oid::bigint, typtype::text,
    (CASE typtype WHEN 'd' THEN typbasetype ELSE typelem END)::bigint,
    CASE typtype WHEN 'd' THEN format_type(typbasetype, typtypmod) END
FROM pg_catalog.pg_type
WHERE typtype IN ('e', 'd') OR typtype = 'b' AND typcategory = 'A'
"""
"""Enums, domains with what they are based on, arrays with their elements."""

FIELDS = """
SELECT t.oid::bigint, a.attname::text, a.atttypid::bigint,
    format_type(a.atttypid, a.atttypmod)
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
WHERE t.typtype = 'c' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY t.oid, a.attnum
"""

UNIQUE = """
SELECT array_agg(a.attname::text)
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a
    ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
WHERE i.indisunique AND i.indisvalid AND i.indimmediate
    AND i.indpred IS NULL AND i.indexprs IS NULL AND {where}
GROUP BY i.indexrelid HAVING bool_and(a.attnotnull)
"""
