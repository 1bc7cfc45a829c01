"""Who waits for a lock in the database."""
import psycopg2


def waiting(server):
    """How many sessions of the server's database wait for a lock. Asked by a session of its own: one within a transaction would see
    those alone that were there when it first looked."""
    connection = psycopg2.connect(server.settings["database"])
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                           "AND wait_event_type = 'Lock'")
            return cursor.fetchone()[0]
    finally:
        connection.close()
