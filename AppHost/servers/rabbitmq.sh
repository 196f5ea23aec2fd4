#!/usr/bin/env bash
# RabbitMQ of the operating system, in the foreground, with a port mapper (epmd) of its own. SIGTERM stops both in order.
# FOLDER: where its data is; PORT, MANAGEMENT_PORT, DISTRIBUTION_PORT, NAMES_PORT: on 127.0.0.1 only; BROKER_USER, PASSWORD: its only user.
set -euo pipefail

program=/usr/lib/rabbitmq/bin/rabbitmq-server
if [ ! -x "$program" ] || ! command -v epmd >/dev/null; then
  echo "RabbitMQ is not installed: apt-get install rabbitmq-server" >&2
  exit 1
fi

umask 077
mkdir -p "$FOLDER/home" "$FOLDER/data" "$FOLDER/log"
cat >"$FOLDER/rabbitmq.conf" <<CONF
listeners.tcp.local = 127.0.0.1:$PORT
management.tcp.ip = 127.0.0.1
management.tcp.port = $MANAGEMENT_PORT
default_user = $BROKER_USER
default_pass = $PASSWORD
default_user_tags.administrator = true
log.console = true
log.console.level = warning
log.file = false
CONF
echo '[rabbitmq_management].' >"$FOLDER/enabled_plugins"
: >"$FOLDER/rabbitmq-env.conf"

export HOME="$FOLDER/home"
export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$NAMES_PORT"
export RABBITMQ_NODENAME=marketplace@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$PORT"
export RABBITMQ_DIST_PORT="$DISTRIBUTION_PORT"
export RABBITMQ_CONF_ENV_FILE="$FOLDER/rabbitmq-env.conf" RABBITMQ_CONFIG_FILE="$FOLDER/rabbitmq.conf"
export RABBITMQ_ENABLED_PLUGINS_FILE="$FOLDER/enabled_plugins"
export RABBITMQ_MNESIA_BASE="$FOLDER/data" RABBITMQ_LOG_BASE="$FOLDER/log"
# The node replaces its start script, so that signals reach it; it is the node that stops in order on SIGTERM.
export RUNNING_UNDER_SYSTEMD=1

setpriv --pdeathsig KILL -- epmd -port "$NAMES_PORT" -address 127.0.0.1 &
names=$!
for _ in $(seq 50); do
  (: >"/dev/tcp/127.0.0.1/$NAMES_PORT") 2>/dev/null && break
  sleep 0.02
done

setpriv --pdeathsig KILL -- "$program" &
server=$!
trap 'kill -TERM "$server" 2>/dev/null' TERM INT
status=0
while kill -0 "$server" 2>/dev/null; do
  status=0
  wait "$server" || status=$?
done
kill -KILL "$names" 2>/dev/null || true
exit "$status"
