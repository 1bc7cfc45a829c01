"""What the conversations of a database take on its disk."""

PARTS = """
WITH part AS (SELECT inhrelid AS oid FROM pg_inherits WHERE inhparent = 'smtp_log'::regclass)
SELECT 'table', sum(pg_relation_size(oid) + pg_relation_size(oid, 'fsm') + pg_relation_size(oid, 'vm'))
    FROM part
UNION ALL SELECT 'TOAST', coalesce(sum(pg_total_relation_size(reltoastrelid)), 0)
    FROM part JOIN pg_class USING (oid) WHERE reltoastrelid <> 0
UNION ALL SELECT 'index ' || parent.relname, sum(pg_relation_size(child.indexrelid))
    FROM part JOIN pg_index child ON child.indrelid = part.oid JOIN pg_inherits i ON i.inhrelid = child.indexrelid
    JOIN pg_class parent ON parent.oid = i.inhparent GROUP BY parent.relname
"""


def footprint(connection):
    """{part: bytes} of smtp_log: the table, its TOAST, each index."""
    with connection.cursor() as cursor:
        cursor.execute(PARTS)
        return {name: int(size) for name, size in cursor.fetchall()}


def footprint_lines(parts, conversations):
    """Bytes a conversation, a line for each part and one for all."""
    for name, size in [*parts.items(), ("conversation", sum(parts.values()))]:
        yield f"{name:<28} {size / conversations:8.1f} bytes each"
