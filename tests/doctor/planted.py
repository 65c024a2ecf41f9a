"""Statements that break one thing, and the check that must find it."""

from __future__ import annotations

MIDDLE = "(SELECT id FROM entries WHERE machine = 'takedown' AND version = 2 LIMIT 1)"
LONG = "(SELECT subject_id FROM entries WHERE version = 3 AND machine = 'request' LIMIT 1)"
SENT = "(SELECT id FROM notices WHERE state = 'sent' LIMIT 1)"
JOINED = "(SELECT locator_mac FROM requests WHERE state = 'joined' LIMIT 1)"

RECORD = {
    "a_reason_was_changed": (
        f"UPDATE entries SET reason = 'lawful' WHERE id = {MIDDLE}",
        "record.hashes",
    ),
    "a_hash_was_swapped": (
        f"UPDATE entries SET hash = sha256('other') WHERE subject_id = {LONG} AND version = 2",
        "record.hashes",
    ),
    "a_line_was_deleted": (
        f"DELETE FROM entries WHERE subject_id = {LONG} AND version = 2",
        "record.versions",
    ),
    "a_line_names_another_before_it": (
        f"UPDATE entries SET prev_id = id WHERE id = {MIDDLE}",
        "record.chains",
    ),
    "a_state_was_changed_by_hand": (
        f"UPDATE notices SET state = 'rejected', poll_at = NULL WHERE id = {SENT}",
        "record.states",
    ),
    "a_row_was_given_another_case": (
        (
            "UPDATE notices n SET case_id = (SELECT id FROM cases WHERE id <> n.case_id LIMIT 1)"
            f" WHERE id = {SENT}"
        ),
        "record.states",
    ),
    "a_row_was_deleted": (
        (
            "DELETE FROM takedowns WHERE id = (SELECT t.id FROM takedowns t WHERE NOT EXISTS"
            " (SELECT 1 FROM requests r WHERE r.takedown_id = t.id) LIMIT 1)"
        ),
        "record.rows",
    ),
    "all_lines_of_a_row_were_deleted": (
        (
            "DELETE FROM entries WHERE subject_id ="
            " (SELECT id FROM takedowns WHERE state = 'withdrawn' LIMIT 1)"
        ),
        "record.rows",
    ),
    "sealed_details_were_moved": (
        (
            "UPDATE entries SET sealed = (SELECT e.sealed FROM entries e WHERE e.sealed IS NOT NULL"
            " ORDER BY e.id DESC LIMIT 1) WHERE id ="
            " (SELECT min(CAST(id AS text))::uuid FROM entries WHERE sealed IS NOT NULL)"
        ),
        "record.facts",
    ),
    "sealed_details_were_thrown_away": (
        (
            "UPDATE entries SET sealed = NULL WHERE id ="
            " (SELECT min(CAST(id AS text))::uuid FROM entries WHERE sealed IS NOT NULL)"
        ),
        "record.facts",
    ),
    "what_was_sent_was_changed": (
        (
            "UPDATE attempts SET bytes_hash = sha256('other') WHERE id ="
            " (SELECT id FROM attempts WHERE bytes_sealed IS NOT NULL LIMIT 1)"
        ),
        "record.bytes",
    ),
    "an_event_was_deleted": ("DELETE FROM events WHERE seq = 3", "record.events"),
    "an_event_never_got_its_number": (
        (
            "INSERT INTO events (id, organisation_id, case_id, machine, subject_id, event, state,"
            " at, txid) SELECT CAST('01000000-0000-7000-8000-000000000000' AS uuid),"
            " organisation_id, case_id, machine, subject_id, event, state, at, txid FROM events"
            " LIMIT 1"
        ),
        "workers.sequencer",
    ),
    "a_carrier_lost_its_place": (
        f"UPDATE requests SET carrying = false WHERE carrying AND locator_mac = {JOINED}",
        "record.carriers",
    ),
    "a_joined_request_carries_too": (
        "UPDATE requests SET carrying = true, basis = 'other' WHERE state = 'joined'",
        "record.carriers",
    ),
    "a_notice_lost_what_it_carried": (
        f"DELETE FROM carried WHERE notice_id = {SENT}",
        "record.carriers",
    ),
    "a_reason_to_hold_was_taken_away": (
        "UPDATE holds SET ended_at = now() WHERE ended_at IS NULL",
        "record.holds",
    ),
    "a_lane_was_deleted": (
        "DELETE FROM lanes WHERE id = (SELECT lane FROM notices WHERE state = 'due' LIMIT 1)",
        "lanes.work",
    ),
    "the_last_sweep_was_long_ago": (
        "UPDATE sweeps SET ended_at = now() - interval '1 hour'",
        "workers.sweep",
    ),
    "a_deadline_passed_unseen": (
        (
            "UPDATE clocks SET due_at = now() - interval '1 hour' WHERE id ="
            " (SELECT id FROM clocks WHERE state = 'running' LIMIT 1)"
        ),
        "workers.sweep",
    ),
    "every_worker_is_gone": (
        "UPDATE workers SET beat_at = now() - interval '1 hour'",
        "workers.alive",
    ),
    "a_worker_lives_in_the_future": (
        "UPDATE workers SET beat_at = now() + interval '1 hour'",
        "workers.alive",
    ),
}
DATABASE = {
    "an_index_was_dropped": ("DROP INDEX takedowns_by_locator", "database.shape"),
    "an_index_is_not_valid": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'events_seq'::regclass",
        "database.shape",
    ),
    "a_check_was_dropped": ("ALTER TABLE entries DROP CONSTRAINT chain", "database.shape"),
    "a_check_was_widened": (
        (
            "ALTER TABLE clocks DROP CONSTRAINT kind,"
            " ADD CONSTRAINT kind CHECK (kind IN ('legal', 'promised', 'own', 'any'))"
        ),
        "database.shape",
    ),
    "a_foreign_key_was_dropped": (
        "ALTER TABLE carried DROP CONSTRAINT carried_request_id_fkey",
        "database.shape",
    ),
    "a_guard_is_off": ("ALTER TABLE takedowns DISABLE TRIGGER never_back", "database.shape"),
    "foreign_keys_are_off": ("ALTER TABLE notices DISABLE TRIGGER ALL", "database.shape"),
    "a_guard_lets_everything_pass": (
        (
            "CREATE OR REPLACE FUNCTION efface_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN RETURN NEW; END'"
        ),
        "database.shape",
    ),
    "the_application_may_delete_lines": (
        "GRANT DELETE ON entries TO efface_app",
        "database.rights",
    ),
    "the_application_may_change_a_column": (
        "GRANT UPDATE (reason) ON entries TO efface_app",
        "database.rights",
    ),
    "the_application_may_not_read": ("REVOKE SELECT ON answers FROM efface_app", "database.rights"),
    "the_application_makes_tables": (
        "GRANT CREATE ON SCHEMA public TO efface_app",
        "database.role",
    ),
    "the_application_owns_a_table": ("ALTER TABLE lanes OWNER TO efface_app", "database.role"),
    "it_is_of_another_shape": (
        "UPDATE alembic_version SET version_num = '0000'",
        "database.migrated",
    ),
}
