#!/bin/bash
# Run once by the postgres image, as the superuser, on an empty volume (docker-compose.yml mounts it).
# The owner is no superuser and cannot bypass row security; the app's role owns nothing at all.
set -eu
psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username=postgres --dbname="$POSTGRES_DB" \
    --set=owner_password="$OWNER_PASSWORD" --set=app_password="$APP_PASSWORD" \
    --set=database="$POSTGRES_DB" <<'SQL'
CREATE ROLE clinic_owner LOGIN NOSUPERUSER CREATEDB CREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE clinic_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'app_password';
-- Or the server's log keeps statements that failed or took too long, and whom they tell of.
ALTER ROLE clinic_owner SET log_min_error_statement = panic;
ALTER ROLE clinic_owner SET log_error_verbosity = terse;
ALTER ROLE clinic_app SET log_min_error_statement = panic;
ALTER ROLE clinic_app SET log_error_verbosity = terse;
ALTER DATABASE :"database" OWNER TO clinic_owner;
SQL
