"""Hotlines and regulators are told, not asked: they keep nothing open and answer for nothing."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FACTS = """
CREATE OR REPLACE VIEW takedown_facts AS
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
      FROM requests r
     WHERE r.takedown_id = t.id AND r.round = t.round AND r.basis <> 'other') f
"""


def upgrade() -> None:
    """Requests to them rest on `other`; no request of before does."""
    op.execute(FACTS)


def downgrade() -> None:
    raise NotImplementedError("what was told to a hotline would count as asked of a platform")
