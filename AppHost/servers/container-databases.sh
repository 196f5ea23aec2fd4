#!/usr/bin/env bash
# Runs inside the PostgreSQL container on its first start: one database and role for each name in DATABASES.
set -euo pipefail

for database in $DATABASES; do
  psql -v ON_ERROR_STOP=1 --username postgres -v name="$database" -v password="$POSTGRES_PASSWORD" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke connect on database :"name" from public;
SQL
done
