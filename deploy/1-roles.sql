-- Who may connect, and what each may do before the first migration. The same statements prepare the
-- embedded database: service/embedded/roles.py. Run as a superuser, once.
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
