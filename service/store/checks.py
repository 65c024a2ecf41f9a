"""What the database itself refuses: CHECK texts made from the tables of states, and the guards'
SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy.types import UserDefinedType

from service.domain.states import TABLES

HOLD_KINDS: Final = (
    "consent", "age", "approval", "element_missing", "evidence", "police", "safety", "disputed",
    "paused",
)  # fmt: skip


class Xid8(UserDefinedType[int]):
    """A 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


def one_of(column: str, values: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(repr(v) for v in values)})"


def legal_moves() -> str:
    """The CHECK on (machine, source, event, target): exactly the lines of the three tables, and
    facts.
    """
    lines = sorted(
        ":".join((machine, rule.source or "", rule.event, rule.target))
        for machine, table in TABLES.items()
        for rule in table
    )
    listed = ", ".join(f"'{line}'" for line in lines)
    move = "machine || ':' || COALESCE(source, '') || ':' || event || ':' || COALESCE(target, '')"
    return f"(machine = 'fact' AND target IS NULL AND source IS NULL) OR ({move}) IN ({listed})"


STATE_TABLES: Final = ("takedowns", "requests", "notices")


def guards() -> list[str]:
    """Statements that install the guards which constraints cannot express.

    A new row starts at version 1; a row never goes back; an entry without its row is refused at
    commit.
    """
    statements = [
        """CREATE FUNCTION efface_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'efface: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'EF001';
END $$"""
    ]
    for table in STATE_TABLES:
        machine = table.removesuffix("s")
        statements += [
            f"""CREATE TRIGGER starts_at_one BEFORE INSERT ON {table} FOR EACH ROW
WHEN (NEW.version <> 1) EXECUTE FUNCTION efface_refuse()""",
            f"""CREATE TRIGGER never_back BEFORE UPDATE ON {table} FOR EACH ROW
WHEN (NEW.version < OLD.version OR NEW.id <> OLD.id) EXECUTE FUNCTION efface_refuse()""",
            f"""CREATE FUNCTION efface_moved_{machine}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM {table} WHERE id = NEW.subject_id AND version >= NEW.version;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'efface: an entry without its change of state' USING ERRCODE = 'EF002';
  END IF;
  RETURN NULL;
END $$""",
            f"""CREATE CONSTRAINT TRIGGER moved_{machine} AFTER INSERT ON entries
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.machine = '{machine}')
EXECUTE FUNCTION efface_moved_{machine}()""",
        ]
    return statements
