"""Who is asked beside and before whom: search engines, and networks that stand before a site."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Takedowns of before have neither: nothing joins them in a message, nobody is put before
    them.
    """
    op.add_column("takedowns", sa.Column("host_mac", sa.LargeBinary(), nullable=True))
    op.add_column("takedowns", sa.Column("front", sa.String(), nullable=True))
    op.add_column("takedowns", sa.Column("engines", sa.String(), nullable=False, server_default=""))
    op.alter_column("takedowns", "engines", server_default=None)
    op.add_column("notices", sa.Column("host_mac", sa.LargeBinary(), nullable=True))
    op.add_column(
        "organisations",
        sa.Column("search_engines", sa.ARRAY(sa.String()), nullable=False, server_default="{}"),
    )
    op.alter_column("organisations", "search_engines", server_default=None)


def downgrade() -> None:
    raise NotImplementedError("who was asked first, and why, would be lost")
