"""The values that a column holds, found in its index without reading every entry."""

from __future__ import annotations

from typing import Any

from django.db import connections, models, router

#: From each value to the next one, by one look into the index: a "loose index scan". Not by MIN():
#: PostgreSQL has none for UUIDs, which keys of users may be.
_SQL = """
WITH RECURSIVE known (value, place) AS (
    SELECT (SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY {column} LIMIT 1), 1
    UNION ALL
    SELECT
        (SELECT {column} FROM {table} WHERE {column} > known.value ORDER BY {column} LIMIT 1),
        known.place + 1
    FROM known WHERE known.value IS NOT NULL AND known.place < %s
)
SELECT value FROM known WHERE value IS NOT NULL
"""


def distinct(model: type[models.Model], name: str, most: int) -> list[Any]:
    """The first ``most`` values of an indexed field, in the database's order. One query.

    It costs as much as there are values, however many rows there are.
    """
    using = router.db_for_read(model)
    connection = connections[using]
    if connection.vendor == "mysql":  # it does that by itself, and has no plan for the above
        rows = model._default_manager.using(using).order_by(name)
        found = rows.exclude(**{name: None}).values_list(name, flat=True).distinct()
        return list(found[:most])
    field: Any = model._meta.get_field(name)
    quote = connection.ops.quote_name
    sql = _SQL.format(column=quote(field.column), table=quote(model._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(sql, [most])
        return [field.to_python(value) for (value,) in cursor.fetchall()]
