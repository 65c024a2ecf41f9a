"""A site that names its software is handed on to that platform, and comes back from there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was handed on before knows no way back: while it is not resolved, todo shows it."""
    op.add_column("takedowns", sa.Column("handed_on_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "takedowns_handed_on",
        "takedowns",
        ["handed_on_at"],
        postgresql_where=sa.text("handed_on_at IS NOT NULL"),
    )
    op.create_index(
        "takedowns_unresolved",
        "takedowns",
        ["lane_look", "priority", "created_at"],
        postgresql_where=sa.text("state = 'resolving'"),
    )


def downgrade() -> None:
    raise NotImplementedError("what was handed on would have no way back")
