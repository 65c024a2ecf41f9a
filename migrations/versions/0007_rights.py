"""Who says to hold the rights in what stands at an address: only there is copyright relied on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of takedowns of before nobody has said so."""
    op.add_column(
        "takedowns",
        sa.Column("rights_holder", sa.Boolean(), nullable=False, server_default="false"),
    )
    op.alter_column("takedowns", "rights_holder", server_default=None)


def downgrade() -> None:
    raise NotImplementedError("who said so would be lost")
