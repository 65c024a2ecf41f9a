"""What has to be noticed in time: hosts that want to be left alone, consent and mandates that end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only the sealed part of a case knows what ends when: each is judged once, by the sweep."""
    op.create_table(
        "quiet_hosts",
        sa.Column("host_mac", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("host_mac"),
    )
    op.add_column("cases", sa.Column("judge_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE cases SET judge_at = now() WHERE state <> 'erasing'")
    op.drop_index("cases_with_consent_until", "cases")
    op.create_index(
        "cases_to_judge",
        "cases",
        ["judge_at"],
        unique=False,
        postgresql_where=sa.text("judge_at IS NOT NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("what ends by time would not be noticed")
