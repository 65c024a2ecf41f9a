"""The spine: cases, takedowns, requests, notices, and the record of all that happens to them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


class Xid8(UserDefinedType[int]):
    """A 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


GUARDS = (
    """CREATE FUNCTION efface_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'efface: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'EF001';
END $$""",
    """CREATE TRIGGER starts_at_one BEFORE INSERT ON takedowns FOR EACH ROW
WHEN (NEW.version <> 1) EXECUTE FUNCTION efface_refuse()""",
    """CREATE TRIGGER never_back BEFORE UPDATE ON takedowns FOR EACH ROW
WHEN (NEW.version < OLD.version OR NEW.id <> OLD.id) EXECUTE FUNCTION efface_refuse()""",
    """CREATE FUNCTION efface_moved_takedown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM takedowns WHERE id = NEW.subject_id AND version >= NEW.version;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'efface: an entry without its change of state' USING ERRCODE = 'EF002';
  END IF;
  RETURN NULL;
END $$""",
    """CREATE CONSTRAINT TRIGGER moved_takedown AFTER INSERT ON entries
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.machine = 'takedown')
EXECUTE FUNCTION efface_moved_takedown()""",
    """CREATE TRIGGER starts_at_one BEFORE INSERT ON requests FOR EACH ROW
WHEN (NEW.version <> 1) EXECUTE FUNCTION efface_refuse()""",
    """CREATE TRIGGER never_back BEFORE UPDATE ON requests FOR EACH ROW
WHEN (NEW.version < OLD.version OR NEW.id <> OLD.id) EXECUTE FUNCTION efface_refuse()""",
    """CREATE FUNCTION efface_moved_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM requests WHERE id = NEW.subject_id AND version >= NEW.version;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'efface: an entry without its change of state' USING ERRCODE = 'EF002';
  END IF;
  RETURN NULL;
END $$""",
    """CREATE CONSTRAINT TRIGGER moved_request AFTER INSERT ON entries
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.machine = 'request')
EXECUTE FUNCTION efface_moved_request()""",
    """CREATE TRIGGER starts_at_one BEFORE INSERT ON notices FOR EACH ROW
WHEN (NEW.version <> 1) EXECUTE FUNCTION efface_refuse()""",
    """CREATE TRIGGER never_back BEFORE UPDATE ON notices FOR EACH ROW
WHEN (NEW.version < OLD.version OR NEW.id <> OLD.id) EXECUTE FUNCTION efface_refuse()""",
    """CREATE FUNCTION efface_moved_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM notices WHERE id = NEW.subject_id AND version >= NEW.version;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'efface: an entry without its change of state' USING ERRCODE = 'EF002';
  END IF;
  RETURN NULL;
END $$""",
    """CREATE CONSTRAINT TRIGGER moved_notice AFTER INSERT ON entries
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.machine = 'notice')
EXECUTE FUNCTION efface_moved_notice()""",
)

FACTS = """
CREATE VIEW takedown_facts AS
SELECT t.id, t.organisation_id, t.case_id,
       f.contradicted,
       t.state IN ('open', 'restricted') AND f.live = 0
         AND (f.claimed = 0 OR f.contradicted)
         AND NOT EXISTS (SELECT 1 FROM requests r JOIN carried k ON k.request_id = r.id
               JOIN notices n ON n.id = k.notice_id
              WHERE r.takedown_id = t.id AND r.round = t.round AND n.state = 'by_hand') AS stuck,
       t.reappeared > 0 AS reappeared,
       f.live, f.asked
  FROM takedowns t
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE r.state IN ('pending', 'joined', 'asked', 'acknowledged',
             'in_review', 'needs_info', 'already_reported', 'forwarded')) AS live,
           count(*) FILTER (WHERE CASE r.state
             WHEN 'pending' THEN false
             WHEN 'not_reached' THEN false
             WHEN 'joined' THEN EXISTS (SELECT 1 FROM requests c WHERE c.carrying
               AND c.organisation_id = r.organisation_id AND c.addressee = r.addressee
               AND c.locator_mac = r.locator_mac AND c.basis = r.basis
               AND c.asked_at IS NOT NULL AND c.state NOT IN ('pending', 'not_reached'))
             ELSE r.asked_at IS NOT NULL END) AS asked,
           count(*) FILTER (WHERE r.state = 'says_removed') AS claimed,
           t.state IN ('open', 'restricted') AND COALESCE(bool_or(r.state = 'says_removed'
             AND t.up_at > COALESCE(r.said_at, r.asked_at)), false) AS contradicted
      FROM requests r WHERE r.takedown_id = t.id AND r.round = t.round) f
"""


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_answers_notice_id"), "answers", ["notice_id"], unique=False)
    op.create_index(op.f("ix_answers_request_id"), "answers", ["request_id"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("takedown_id", sa.Uuid(), nullable=False),
        sa.Column("addressee", sa.String(), nullable=False),
        sa.Column("discloses", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_approvals_case_id"), "approvals", ["case_id"], unique=False)
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("result_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("machine", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("because", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prev_id", sa.Uuid(), nullable=True),
        sa.Column("prev_version", sa.Integer(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "txid",
            sa.BigInteger().with_variant(Xid8(), "postgresql"),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(machine = 'fact' AND target IS NULL AND source IS NULL) OR (machine || ':' || COALESCE(source, '') || ':' || event || ':' || COALESCE(target, '')) IN ('notice::plan:due', 'notice:by_hand:cancel:cancelled', 'notice:by_hand:filed:sent', 'notice:due:cancel:cancelled', 'notice:due:hand_over:by_hand', 'notice:due:proven:sent', 'notice:due:set_aside:set_aside', 'notice:due:start:sending', 'notice:perhaps_sent:accepted:sent', 'notice:perhaps_sent:bounced:bounced', 'notice:perhaps_sent:cancel:cancelled', 'notice:perhaps_sent:not_sent:due', 'notice:perhaps_sent:rejected:rejected', 'notice:perhaps_sent:resend:sending', 'notice:perhaps_sent:unconfirm:unconfirmed', 'notice:sending:accepted:sent', 'notice:sending:lease_expired:perhaps_sent', 'notice:sending:needs_person:by_hand', 'notice:sending:not_sent:due', 'notice:sending:rejected:rejected', 'notice:sending:uncertain:perhaps_sent', 'notice:sent:bounced:bounced', 'notice:sent:unfiled:by_hand', 'notice:set_aside:cancel:cancelled', 'notice:set_aside:retry:due', 'notice:unconfirmed:bounced:bounced', 'notice:unconfirmed:proven:sent', 'request::plan:pending', 'request:acknowledged:already_reported:already_reported', 'request:acknowledged:ask_anew:pending', 'request:acknowledged:forwarded:forwarded', 'request:acknowledged:in_review:in_review', 'request:acknowledged:needs_info:needs_info', 'request:acknowledged:not_reached:not_reached', 'request:acknowledged:refused:refused', 'request:acknowledged:says_removed:says_removed', 'request:acknowledged:says_restricted:says_restricted', 'request:acknowledged:seen_gone:removed_without_word', 'request:acknowledged:silence:no_answer', 'request:acknowledged:withdraw:withdrawn', 'request:acknowledged:wrong_addressee:wrong_addressee', 'request:already_reported:acknowledged:acknowledged', 'request:already_reported:ask_anew:pending', 'request:already_reported:forwarded:forwarded', 'request:already_reported:in_review:in_review', 'request:already_reported:needs_info:needs_info', 'request:already_reported:not_reached:not_reached', 'request:already_reported:refused:refused', 'request:already_reported:says_removed:says_removed', 'request:already_reported:says_restricted:says_restricted', 'request:already_reported:seen_gone:removed_without_word', 'request:already_reported:withdraw:withdrawn', 'request:already_reported:wrong_addressee:wrong_addressee', 'request:asked:acknowledged:acknowledged', 'request:asked:already_reported:already_reported', 'request:asked:ask_anew:pending', 'request:asked:forwarded:forwarded', 'request:asked:in_review:in_review', 'request:asked:needs_info:needs_info', 'request:asked:not_reached:not_reached', 'request:asked:refused:refused', 'request:asked:says_removed:says_removed', 'request:asked:says_restricted:says_restricted', 'request:asked:seen_gone:removed_without_word', 'request:asked:silence:no_answer', 'request:asked:withdraw:withdrawn', 'request:asked:wrong_addressee:wrong_addressee', 'request:forwarded:acknowledged:acknowledged', 'request:forwarded:already_reported:already_reported', 'request:forwarded:ask_anew:pending', 'request:forwarded:in_review:in_review', 'request:forwarded:needs_info:needs_info', 'request:forwarded:not_reached:not_reached', 'request:forwarded:refused:refused', 'request:forwarded:says_removed:says_removed', 'request:forwarded:says_restricted:says_restricted', 'request:forwarded:seen_gone:removed_without_word', 'request:forwarded:withdraw:withdrawn', 'request:forwarded:wrong_addressee:wrong_addressee', 'request:in_review:acknowledged:acknowledged', 'request:in_review:already_reported:already_reported', 'request:in_review:ask_anew:pending', 'request:in_review:forwarded:forwarded', 'request:in_review:needs_info:needs_info', 'request:in_review:not_reached:not_reached', 'request:in_review:refused:refused', 'request:in_review:says_removed:says_removed', 'request:in_review:says_restricted:says_restricted', 'request:in_review:seen_gone:removed_without_word', 'request:in_review:silence:no_answer', 'request:in_review:withdraw:withdrawn', 'request:in_review:wrong_addressee:wrong_addressee', 'request:joined:seen_gone:removed_without_word', 'request:joined:take_over:pending', 'request:joined:take_over_asked:asked', 'request:joined:withdraw:withdrawn', 'request:needs_info:acknowledged:acknowledged', 'request:needs_info:already_reported:already_reported', 'request:needs_info:ask_anew:pending', 'request:needs_info:forwarded:forwarded', 'request:needs_info:in_review:in_review', 'request:needs_info:not_reached:not_reached', 'request:needs_info:refused:refused', 'request:needs_info:replied:asked', 'request:needs_info:says_removed:says_removed', 'request:needs_info:says_restricted:says_restricted', 'request:needs_info:seen_gone:removed_without_word', 'request:needs_info:withdraw:withdrawn', 'request:needs_info:wrong_addressee:wrong_addressee', 'request:no_answer:acknowledged:acknowledged', 'request:no_answer:already_reported:already_reported', 'request:no_answer:ask_anew:pending', 'request:no_answer:forwarded:forwarded', 'request:no_answer:in_review:in_review', 'request:no_answer:needs_info:needs_info', 'request:no_answer:not_reached:not_reached', 'request:no_answer:refused:refused', 'request:no_answer:says_removed:says_removed', 'request:no_answer:says_restricted:says_restricted', 'request:no_answer:seen_gone:removed_without_word', 'request:no_answer:withdraw:withdrawn', 'request:no_answer:wrong_addressee:wrong_addressee', 'request:not_reached:ask_anew:pending', 'request:not_reached:asked:asked', 'request:not_reached:withdraw:withdrawn', 'request:pending:already_reported:already_reported', 'request:pending:asked:asked', 'request:pending:join:joined', 'request:pending:not_reached:not_reached', 'request:pending:seen_gone:removed_without_word', 'request:pending:withdraw:withdrawn', 'request:pending:wrong_addressee:wrong_addressee', 'request:refused:acknowledged:acknowledged', 'request:refused:already_reported:already_reported', 'request:refused:forwarded:forwarded', 'request:refused:in_review:in_review', 'request:refused:needs_info:needs_info', 'request:refused:says_removed:says_removed', 'request:refused:says_restricted:says_restricted', 'request:refused:withdraw:withdrawn', 'request:refused:wrong_addressee:wrong_addressee', 'request:removed_without_word:refused:refused', 'request:removed_without_word:says_removed:says_removed', 'request:removed_without_word:says_restricted:says_restricted', 'request:removed_without_word:withdraw:withdrawn', 'request:removed_without_word:wrong_addressee:wrong_addressee', 'request:says_removed:acknowledged:acknowledged', 'request:says_removed:already_reported:already_reported', 'request:says_removed:forwarded:forwarded', 'request:says_removed:in_review:in_review', 'request:says_removed:needs_info:needs_info', 'request:says_removed:refused:refused', 'request:says_removed:says_restricted:says_restricted', 'request:says_removed:withdraw:withdrawn', 'request:says_removed:wrong_addressee:wrong_addressee', 'request:says_restricted:acknowledged:acknowledged', 'request:says_restricted:already_reported:already_reported', 'request:says_restricted:forwarded:forwarded', 'request:says_restricted:in_review:in_review', 'request:says_restricted:needs_info:needs_info', 'request:says_restricted:refused:refused', 'request:says_restricted:says_removed:says_removed', 'request:says_restricted:withdraw:withdrawn', 'request:says_restricted:wrong_addressee:wrong_addressee', 'request:wrong_addressee:acknowledged:acknowledged', 'request:wrong_addressee:already_reported:already_reported', 'request:wrong_addressee:forwarded:forwarded', 'request:wrong_addressee:in_review:in_review', 'request:wrong_addressee:needs_info:needs_info', 'request:wrong_addressee:refused:refused', 'request:wrong_addressee:says_removed:says_removed', 'request:wrong_addressee:says_restricted:says_restricted', 'request:wrong_addressee:withdraw:withdrawn', 'takedown::accept:resolving', 'takedown:closed:hold:held', 'takedown:closed:reappeared:open', 'takedown:closed:reappeared_restricted:restricted', 'takedown:closed:withdraw:withdrawn', 'takedown:gone:hold:held', 'takedown:gone:reappeared:open', 'takedown:gone:reappeared_restricted:restricted', 'takedown:gone:still_gone:closed', 'takedown:gone:withdraw:withdrawn', 'takedown:held:release_gone:gone', 'takedown:held:release_open:open', 'takedown:held:release_restricted:restricted', 'takedown:held:withdraw:withdrawn', 'takedown:open:hold:held', 'takedown:open:seen_gone:gone', 'takedown:open:seen_restricted:restricted', 'takedown:open:withdraw:withdrawn', 'takedown:resolving:hold:held', 'takedown:resolving:resolved:open', 'takedown:resolving:withdraw:withdrawn', 'takedown:restricted:hold:held', 'takedown:restricted:seen_gone:gone', 'takedown:restricted:seen_up:open', 'takedown:restricted:withdraw:withdrawn')",
            name="legal_move",
        ),
        sa.CheckConstraint(
            "machine = 'fact' OR (source IS NULL) = (version = 1) AND (prev_id IS NULL) = (version = 1) AND prev_version IS NOT DISTINCT FROM NULLIF(version - 1, 0)",
            name="chain",
        ),
        sa.ForeignKeyConstraint(
            ["prev_id", "subject_id", "source", "prev_version"],
            ["entries.id", "entries.subject_id", "entries.target", "entries.version"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("id", "subject_id", "target", "version", name="entries_state"),
        sa.UniqueConstraint("subject_id", "version", name="entries_version"),
    )
    op.create_index("entries_of_case", "entries", ["case_id", "recorded_at"], unique=False)
    op.create_index(
        "entries_of_organisation", "entries", ["organisation_id", "recorded_at"], unique=False
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("takedown_id", sa.Uuid(), nullable=True),
        sa.Column("machine", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "txid",
            sa.BigInteger().with_variant(Xid8(), "postgresql"),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("events_seq", "events", ["organisation_id", "seq"], unique=True)
    op.create_index(
        "events_unnumbered",
        "events",
        ["txid", "id"],
        unique=False,
        postgresql_where=sa.text("seq IS NULL"),
    )
    op.create_table(
        "idempotency",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("key_mac", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("reply_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "key_mac"),
    )
    op.create_index("idempotency_by_age", "idempotency", ["created_at"], unique=False)
    op.create_table(
        "lanes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("tat", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_because", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("killed", sa.Boolean(), nullable=False),
        sa.Column(
            "spent", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("full_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("down_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("profile", postgresql.JSONB(), nullable=False),
        sa.Column("approval", sa.String(), nullable=False),
        sa.Column("answer_days", sa.Float(), nullable=False),
        sa.Column("removal_days", sa.Float(), nullable=True),
        sa.Column("key_wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("approval IN ('every', 'first_of_case', 'none')", name="approval"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redis", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "sweeps",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name="one"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("prefix"),
    )
    op.create_index(
        op.f("ix_api_keys_organisation_id"), "api_keys", ["organisation_id"], unique=False
    )
    op.create_table(
        "takes",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("todo_id", sa.String(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["api_keys.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "todo_id"),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("reference_mac", sa.LargeBinary(), nullable=False),
        sa.Column("reference_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("depicted_as", sa.String(), nullable=False),
        sa.Column("person_now", sa.String(), nullable=False),
        sa.Column("jurisdictions", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("content_class", sa.String(), nullable=False),
        sa.Column("synthetic", sa.String(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("consent_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "depicted_as IN ('adult', 'minor', 'not_known') AND person_now IN ('adult', 'minor', 'not_known')",
            name="ages",
        ),
        sa.CheckConstraint("state IN ('open', 'closed', 'erasing')", name="state"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "reference_mac"),
    )
    op.create_index("cases_by_age", "cases", ["organisation_id", "updated_at", "id"], unique=False)
    op.create_index(
        "cases_with_consent_until",
        "cases",
        ["consent_until"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "platform_settings",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("secrets_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "platform"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("addressee", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.Column("poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("poll_step", sa.Integer(), nullable=False),
        sa.Column("poll_digest", sa.LargeBinary(), nullable=True),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("settle_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settle_step", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("poll_lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry_id", "id", "state", "version"],
            ["entries.id", "entries.subject_id", "entries.target", "entries.version"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index(
        "notices_by_hand",
        "notices",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'by_hand'"),
    )
    op.create_index(
        "notices_due",
        "notices",
        ["lane", "priority", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "notices_leased",
        "notices",
        ["lane"],
        unique=False,
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index("notices_of_case", "notices", ["case_id", "addressee"], unique=False)
    op.create_index(
        "notices_to_poll",
        "notices",
        ["lane", "priority", "poll_at"],
        unique=False,
        postgresql_where=sa.text("poll_at IS NOT NULL"),
    )
    op.create_index(
        "notices_to_settle",
        "notices",
        ["settle_at"],
        unique=False,
        postgresql_where=sa.text("settle_at IS NOT NULL"),
    )
    op.create_index(
        "notices_in_doubt",
        "notices",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state IN ('perhaps_sent', 'unconfirmed', 'set_aside')"),
    )
    op.create_table(
        "takedowns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("url_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("locator_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("external_id_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("given_mac", sa.LargeBinary(), nullable=False),
        sa.Column("dedupe_mac", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("content_class", sa.String(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("platform", sa.String(), nullable=True),
        sa.Column("locator_mac", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reappeared", sa.Integer(), nullable=False),
        sa.Column("seen", sa.String(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_looks", sa.Integer(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waits_look", sa.Boolean(), nullable=False),
        sa.Column("saw", sa.String(), nullable=True),
        sa.Column("saw_rule", sa.String(), nullable=True),
        sa.Column("saw_by", sa.String(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_step", sa.Integer(), nullable=False),
        sa.Column("resolve_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolve_step", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("lane_look", sa.String(), nullable=True),
        sa.Column("withdrawn_because", sa.String(), nullable=True),
        sa.Column("look_lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_digest", sa.LargeBinary(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry_id", "id", "state", "version"],
            ["entries.id", "entries.subject_id", "entries.target", "entries.version"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("takedowns_by_age", "takedowns", ["organisation_id", "id"], unique=False)
    op.create_index(
        "takedowns_by_locator", "takedowns", ["organisation_id", "locator_mac"], unique=False
    )
    op.create_index(
        "takedowns_once_in_a_case",
        "takedowns",
        ["case_id", "dedupe_mac"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_index(
        "takedowns_to_look_at",
        "takedowns",
        ["lane_look", "priority", "look_at"],
        unique=False,
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )
    op.create_index(
        "takedowns_to_resolve",
        "takedowns",
        ["lane_look", "priority", "resolve_at"],
        unique=False,
        postgresql_where=sa.text("resolve_at IS NOT NULL"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bytes_hash", sa.LargeBinary(), nullable=True),
        sa.Column("bytes_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("receipt_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("evidence_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('intent', 'perhaps', 'accepted', 'not_sent', 'rejected', 'bounced', 'superseded', 'undone')",
            name="state",
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notices.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "attempts_one_open",
        "attempts",
        ["notice_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('intent', 'perhaps', 'accepted')"),
    )
    op.create_index(op.f("ix_attempts_notice_id"), "attempts", ["notice_id"], unique=False)
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("takedown_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("detail_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('consent', 'age', 'approval', 'element_missing', 'evidence', 'police', 'safety', 'disputed', 'paused')",
            name="kind",
        ),
        sa.ForeignKeyConstraint(
            ["takedown_id"],
            ["takedowns.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "holds_open",
        "holds",
        ["takedown_id", "kind"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "holds_until",
        "holds",
        ["until"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "observations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("takedown_id", sa.Uuid(), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("vantage", sa.String(), nullable=False),
        sa.Column("proof", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("how_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["takedown_id"],
            ["takedowns.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_observations_takedown_id"), "observations", ["takedown_id"], unique=False
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("takedown_id", sa.Uuid(), nullable=False),
        sa.Column("addressee", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("locator_mac", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.Column("carrying", sa.Boolean(), nullable=False),
        sa.Column("follows_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("uncarried", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry_id", "id", "state", "version"],
            ["entries.id", "entries.subject_id", "entries.target", "entries.version"],
        ),
        sa.ForeignKeyConstraint(
            ["follows_id"],
            ["requests.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["takedown_id"],
            ["takedowns.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "requests_followers",
        "requests",
        ["follows_id"],
        unique=False,
        postgresql_where=sa.text("follows_id IS NOT NULL"),
    )
    op.create_index(
        "requests_group",
        "requests",
        ["organisation_id", "locator_mac"],
        unique=False,
        postgresql_where=sa.text("carrying OR state = 'joined'"),
    )
    op.create_index("requests_of_takedown", "requests", ["takedown_id"], unique=False)
    op.create_index(
        "requests_one_carries",
        "requests",
        ["organisation_id", "addressee", "locator_mac", "basis"],
        unique=True,
        postgresql_where=sa.text("carrying"),
    )
    op.create_index(
        "requests_to_remind",
        "requests",
        ["remind_at"],
        unique=False,
        postgresql_where=sa.text("remind_at IS NOT NULL"),
    )
    op.create_index(
        "requests_uncarried",
        "requests",
        ["id"],
        unique=False,
        postgresql_where=sa.text("uncarried"),
    )
    op.create_table(
        "carried",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notices.id"],
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["requests.id"],
        ),
        sa.PrimaryKeyConstraint("notice_id", "request_id"),
    )
    op.create_index(op.f("ix_carried_request_id"), "carried", ["request_id"], unique=False)
    op.create_table(
        "clocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ends_on", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_on IN ('answer', 'removal')", name="ends_on"),
        sa.CheckConstraint("kind IN ('legal', 'promised', 'own')", name="kind"),
        sa.CheckConstraint(
            "state IN ('running', 'met', 'passed', 'not_seen', 'void')", name="state"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["requests.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "clocks_running",
        "clocks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(op.f("ix_clocks_request_id"), "clocks", ["request_id"], unique=False)
    # ### end Alembic commands ###
    for statement in GUARDS:
        op.execute(statement)
    op.execute(FACTS)


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first step")
