"""How good the proof is that a notice arrived: legal clocks run by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Notices of before have no grade, and so no legal clock: nothing is started in hindsight."""
    op.add_column("notices", sa.Column("grade", sa.String(), nullable=True))
    op.create_check_constraint(
        "grade",
        "notices",
        "grade IN ('acknowledged', 'accepted_by_addressee', 'handed_to_relay', 'stated_by_person')",
    )


def downgrade() -> None:
    raise NotImplementedError("legal clocks that run by it would stand on nothing")
