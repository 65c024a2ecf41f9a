"""Who may connect to the database, and what each may do before the first migration.

The same statements prepare a Postgres of one's own: run them with psql as a superuser, then set
passwords. The embedded one needs none: it is reached through a private folder only.
"""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["BOOTSTRAP", "DATABASE", "HBA", "SUPERUSER", "Role"]

Role = Literal["efface_app", "efface_migrator"]

DATABASE: Final = "efface"
SUPERUSER: Final = "postgres"

# `role` is set so that everything a migration makes belongs to efface_owner, who cannot log in.
BOOTSTRAP: Final = r"""
\set ON_ERROR_STOP on
SELECT 'CREATE ROLE efface_owner NOLOGIN'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'efface_owner') \gexec
SELECT 'CREATE ROLE efface_migrator LOGIN'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'efface_migrator') \gexec
SELECT 'CREATE ROLE efface_app LOGIN'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'efface_app') \gexec
GRANT efface_owner TO efface_migrator WITH INHERIT TRUE, SET TRUE;
ALTER ROLE efface_migrator SET role = 'efface_owner';
SELECT 'CREATE DATABASE efface OWNER efface_owner'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'efface') \gexec

REVOKE ALL ON DATABASE efface, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE efface TO efface_app, efface_migrator;

\connect efface
ALTER SCHEMA public OWNER TO efface_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO efface_app;
REVOKE ALL ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO efface_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE efface_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE efface_owner REVOKE ALL ON TYPES FROM PUBLIC;
"""

# The socket lies in a folder that only its owner can enter, so whoever reaches it is the operator.
HBA: Final = """\
local all postgres trust
local all efface_app trust
local all efface_migrator trust
"""
