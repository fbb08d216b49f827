#!/bin/bash
# Run once by the postgres image, as the superuser, on an empty volume (docker-compose.yml mounts it).
# The owner is no superuser and cannot bypass row security; the app's role owns nothing at all.
set -eu
psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username=postgres --dbname="$POSTGRES_DB" \
    --set=owner_password="$OWNER_PASSWORD" --set=app_password="$APP_PASSWORD" \
    --set=database="$POSTGRES_DB" <<'SQL'
CREATE ROLE clinic_owner LOGIN NOSUPERUSER CREATEDB CREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE clinic_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'app_password';
ALTER DATABASE :"database" OWNER TO clinic_owner;
SQL
