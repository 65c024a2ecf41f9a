"""What a person answers to a question: sealed on the notice until it is composed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only replies have words of their own."""
    op.add_column("notices", sa.Column("words_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("what a person wrote would be lost")
