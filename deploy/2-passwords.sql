-- Passwords of the two roles that log in, from files that only the database server can read.
\set ON_ERROR_STOP on
\set app `cat /run/secrets/app_password`
\set migrator `cat /run/secrets/migrator_password`
ALTER ROLE efface_app PASSWORD :'app';
ALTER ROLE efface_migrator PASSWORD :'migrator';
