#!/usr/bin/env bash
# PostgreSQL of the operating system, in the foreground. Arguments: one database (and role) each. SIGTERM stops it fast and in order.
# FOLDER: where its data is; PORT: where it listens, on 127.0.0.1 only; PASSWORD: of the superuser and of every role.
set -euo pipefail

programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$programs" ]; then
  echo "PostgreSQL is not installed: apt-get install postgresql-15" >&2
  exit 1
fi

# PostgreSQL refuses root. Each process dies with the one that started it.
plain=(setpriv --pdeathsig KILL)
owner=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
  owner=postgres
  plain+=(--reuid=postgres --regid=postgres --init-groups)
fi

mkdir -p "$(dirname "$FOLDER")"
if [ ! -e "$FOLDER" ]; then
  # What is beside this folder is closed to others by its own rights.
  if [ "$owner" != "$(id -un)" ]; then chmod o+x "$(dirname "$FOLDER")"; fi
  # A clone below a home folder is out of the server's reach: its data goes to a folder that is not, with a link from here.
  if ! "${plain[@]}" -- test -x "$(dirname "$FOLDER")"; then
    elsewhere=$(mktemp -d /var/tmp/marketplace-postgres-XXXXXXXX)
    ln -s "$elsewhere" "$FOLDER"
  fi
  mkdir -p "$FOLDER"
fi
data=$(realpath "$FOLDER")

if [ ! -e "$data/databases-made" ]; then
  find "$data" -mindepth 1 -delete
  chown "$owner" "$data"
  chmod 700 "$data"
  file=$(mktemp)
  printf '%s' "$PASSWORD" >"$file"
  chown "$owner" "$file"
  made=0
  "${plain[@]}" -- "$programs/initdb" -D "$data" -U postgres --encoding=UTF8 --locale=C.UTF-8 \
    --auth=scram-sha-256 --pwfile="$file" >/dev/null || made=$?
  rm -f "$file"
  [ "$made" -eq 0 ] || exit "$made"
  for database in "$@"; do
    printf "create role %s login password '%s'\n" "$database" "$PASSWORD"
    printf 'create database %s owner %s\n' "$database" "$database"
    printf 'revoke connect on database %s from public\n' "$database"
  done | "${plain[@]}" -- "$programs/postgres" --single -D "$data" postgres >/dev/null
  "${plain[@]}" -- touch "$data/databases-made"
fi

# A server that was killed leaves backends for a moment, and a pid that may be somebody else's by now.
for _ in $(seq 100); do
  find /proc -maxdepth 2 -name cwd -lname "$data" 2>/dev/null | grep -q . || break
  sleep 0.1
done
rm -f "$data/postmaster.pid"

"${plain[@]}" -- "$programs/postgres" -D "$data" -p "$PORT" \
  -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=400 -c log_min_messages=warning &
server=$!
trap 'kill -INT "$server" 2>/dev/null' TERM INT
status=0
while kill -0 "$server" 2>/dev/null; do
  status=0
  wait "$server" || status=$?
done
exit "$status"
