"""Tables of days that are long over, as a server has them that has run since then."""

MAKE = """
SELECT set_config('bracemail.day', (day_number(now()) - %(age)s)::text, true);
DO $$
DECLARE
    day CONSTANT bigint := current_setting('bracemail.day')::bigint;
    parent text;
BEGIN
    FOREACH parent IN ARRAY partitioned_tables() LOOP
        IF to_regclass(parent || to_char(date '1970-01-01' + day::integer, '_YYYYMMDD')) IS NULL THEN
            EXECUTE format('CREATE TABLE %%I PARTITION OF %%I FOR VALUES FROM (%%s) TO (%%s)',
                parent || to_char(date '1970-01-01' + day::integer, '_YYYYMMDD'), parent, day << 36, (day + 1) << 36);
        END IF;
    END LOOP;
END
$$;
"""


def make(cursor, age):
    """Those of the day so many days ago. Within a transaction."""
    cursor.execute(MAKE, {"age": age})
