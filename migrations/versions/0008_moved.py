"""Since when a platform stands where it is set: approvals of before are about another address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Platforms of before have none: what was approved of them stays so."""
    op.add_column(
        "platform_settings", sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    raise NotImplementedError("what was approved for another address would pass for approved")
