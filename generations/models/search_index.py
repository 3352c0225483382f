"""An index of the database over `search_text`: rows that may contain a word, by trigrams.

SQLite: an FTS5 table without the text, filled by triggers. PostgreSQL: a GIN index of pg_trgm. Each
may be missing if the extension is. Two Chinese characters are one trigram, because `fold` puts a
separator between them.
"""

import logging
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from ..text import MARK

log = logging.getLogger(__name__)

TRIGRAM = 3
MAX_FOUND = 5_000  # rows; a word with more matches is found quickly by reading

SQLITE = """
CREATE VIRTUAL TABLE generations_search USING fts5(
    text, content='', columnsize=0, detail='none', tokenize='trigram case_sensitive 1');
CREATE TABLE generations_search_row (number INTEGER PRIMARY KEY, id char(32) NOT NULL UNIQUE);
CREATE TRIGGER generations_search_insert AFTER INSERT ON generations_generation BEGIN
    INSERT INTO generations_search_row (id) VALUES (NEW.id);
    INSERT INTO generations_search (rowid, text) SELECT number, NEW.search_text
        FROM generations_search_row WHERE id = NEW.id;
END;
CREATE TRIGGER generations_search_update AFTER UPDATE OF search_text ON generations_generation
WHEN OLD.search_text <> NEW.search_text BEGIN
    INSERT INTO generations_search (generations_search, rowid, text)
        SELECT 'delete', number, OLD.search_text FROM generations_search_row WHERE id = NEW.id;
    INSERT INTO generations_search (rowid, text) SELECT number, NEW.search_text
        FROM generations_search_row WHERE id = NEW.id;
END;
CREATE TRIGGER generations_search_delete AFTER DELETE ON generations_generation BEGIN
    INSERT INTO generations_search (generations_search, rowid, text)
        SELECT 'delete', number, OLD.search_text FROM generations_search_row WHERE id = OLD.id;
    DELETE FROM generations_search_row WHERE id = OLD.id;
END;
INSERT INTO generations_search_row (id) SELECT id FROM generations_generation;
INSERT INTO generations_search (rowid, text) SELECT number, search_text
    FROM generations_search_row JOIN generations_generation USING (id)
"""
SQLITE_DROP = """
DROP TRIGGER IF EXISTS generations_search_insert;
DROP TRIGGER IF EXISTS generations_search_update;
DROP TRIGGER IF EXISTS generations_search_delete;
DROP TABLE IF EXISTS generations_search;
DROP TABLE IF EXISTS generations_search_row
"""
SQLITE_FIND = """
SELECT id FROM generations_search JOIN generations_search_row ON number = generations_search.rowid
WHERE generations_search MATCH %s LIMIT %s
"""
SQLITE_EXISTS = "SELECT 1 FROM sqlite_master WHERE name = 'generations_search_insert'"
POSTGRESQL = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX generations_search ON generations_generation USING gin (search_text gin_trgm_ops)
"""
POSTGRESQL_DROP = "DROP INDEX IF EXISTS generations_search"
POSTGRESQL_FIND = "SELECT id FROM generations_generation WHERE {} LIMIT %s"
POSTGRESQL_EXISTS = "SELECT 1 FROM pg_class WHERE relname = 'generations_search'"


def create() -> bool:
    """Create the index again. False if the database has none: then searches read all prompts."""
    drop()
    try:
        with transaction.atomic():
            run(SQLITE if connection.vendor == "sqlite" else POSTGRESQL)
    except DatabaseError as error:
        log.warning("no index for the search: %s", error)
        return False
    return True


def drop() -> None:
    run(SQLITE_DROP if connection.vendor == "sqlite" else POSTGRESQL_DROP)


def run(script: str) -> None:
    """Execute its statements; those in a trigger end within a line of their own."""
    with connection.cursor() as cursor:
        for statement in statements(script):
            cursor.execute(statement)


def statements(script: str) -> list[str]:
    found, inside = [""], False
    for line in script.strip().splitlines():
        found[-1] += f"{line}\n"
        inside = (inside or line.endswith("BEGIN")) and line != "END;"
        if line.endswith(";") and not inside:
            found.append("")
    return found


def exists() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(SQLITE_EXISTS if connection.vendor == "sqlite" else POSTGRESQL_EXISTS)
        return cursor.fetchone() is not None


def is_missing() -> bool:
    """True if the column exists and its index does not; queries nothing before the migration."""
    with connection.cursor() as cursor:
        if "generations_generation" not in connection.introspection.table_names(cursor):
            return False
        described = connection.introspection.get_table_description(cursor, "generations_generation")
    return "search_text" in [column.name for column in described] and not exists()


def find(words: list[str]) -> list[UUID] | None:
    """Rows that may contain all `words`; None without an index, or if it does not help."""
    usable = [word for word in words if len(word) >= TRIGRAM]
    if not usable or not exists():
        return None
    pks = found_by_sqlite(usable) if connection.vendor == "sqlite" else found_by_postgresql(usable)
    return pks if len(pks) <= MAX_FOUND else None


def found_by_sqlite(words: list[str]) -> list[UUID]:
    """FTS5 has no order of the trigrams here (`detail=none`): rows with all of them.

    A single character between two marks says little, and many rows have it.
    """
    pieces = {word[at : at + TRIGRAM] for word in words for at in range(len(word) - TRIGRAM + 1)}
    pieces = {piece for piece in pieces if not piece[0] == piece[2] == MARK}
    quoted = ['"{}"'.format(piece.replace('"', '""')) for piece in sorted(pieces)]
    with connection.cursor() as cursor:
        cursor.execute(SQLITE_FIND, [" AND ".join(quoted), MAX_FOUND + 1])
        return [UUID(pk) for (pk,) in cursor.fetchall()]


def found_by_postgresql(words: list[str]) -> list[UUID]:
    """The planner may guess that reading the table is faster; it does not know the number."""
    condition = " AND ".join(["search_text LIKE %s"] * len(words))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            POSTGRESQL_FIND.format(condition),
            [*(f"%{escaped(word)}%" for word in words), MAX_FOUND + 1],
        )
        return [pk for (pk,) in cursor.fetchall()]


def escaped(word: str) -> str:
    for sign in "\\%_":
        word = word.replace(sign, f"\\{sign}")
    return word
