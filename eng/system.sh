# shellcheck shell=bash disable=SC2154
# The running system: start, wait, addresses, stop. Sourced by ./run. AppHost does the work; its state is in $data/state.json.

gateway_port=${MARKETPLACE_PORT:-8080}
base_port=${MARKETPLACE_BASE_PORT:-8100}
gateway=http://localhost:$gateway_port
stripe=http://localhost:$((base_port + 5))
echo_api=http://localhost:$((base_port + 6))
app_host=artifacts/bin/AppHost/release/Marketplace.AppHost
app_host_pid=

# One ./run at a time starts or stops the system on this data folder.
alone() {
  exec 9>>"$data/run.lock"
  if ! flock -n 9; then
    die "Another ./run is starting or stopping the system on $data (process $(cat "$data/run.pid" 2>/dev/null || echo '?')). Wait for it."
  fi
  echo $$ >"$data/run.pid"
}
no_longer_alone() { exec 9>&-; }

running() { [ -e "$data/apphost.lock" ] && ! flock -n -s "$data/apphost.lock" true; }
ready() { grep -qs '"ready":true' "$data/state.json"; }

# Removes what the system keeps, but not what tells us of processes that an earlier start may have left behind.
fresh() {
  if [ -L "$data/postgres" ]; then
    rm -rf "$(realpath "$data/postgres")"
  fi
  find "$data" -mindepth 1 -maxdepth 1 ! -name 'processes.*' ! -name '*.lock' ! -name run.pid ! -name logs -exec rm -rf {} +
}

# Starts AppHost. bound: it ends when we do.
start_app_host() {
  local how=(setsid)
  [ "$1" != bound ] || how+=(setpriv --pdeathsig TERM --)
  rm -f "$data/state.json"
  "${how[@]}" "$app_host" </dev/null >"$logs/apphost.log" 2>&1 9>&- &
  app_host_pid=$!
  echo "$app_host_pid" >"$data/apphost.pid"
}

# Returns when every resource is healthy; on failure says which is not, and its last words.
wait_until_healthy() {
  local deadline=$((SECONDS + ${MARKETPLACE_START_TIMEOUT:-180}))
  until ready; do
    if ! kill -0 "$app_host_pid" 2>/dev/null; then
      tail -n 20 "$logs/apphost.log" >&2
      ! grep -q 'because port' "$logs/apphost.log" || die "MARKETPLACE_PORT (the gateway's) and MARKETPLACE_BASE_PORT (all others) choose other ports."
      die "AppHost has ended."
    fi
    if [ "$SECONDS" -ge "$deadline" ]; then
      status >&2 || true
      local name
      for name in $(resources | grep -v 'Running Healthy' | cut -d' ' -f1); do
        say "--- last lines of $logs/$name.log" >&2
        tail -n 8 "$logs/$name.log" >&2 2>/dev/null || true
      done
      die "Not everything is healthy after ${MARKETPLACE_START_TIMEOUT:-180} s."
    fi
    attended sleep 0.2
  done
}

# One line a resource: name state health pid restarts url
resources() {
  sed -n 's/^{"resource":"\([^"]*\)","state":"\([^"]*\)","health":"\{0,1\}\([^",]*\)"\{0,1\},"pid":\([^,]*\),"restarts":\([0-9]*\),.*"urls":\[\("\([^"]*\)"\)\{0,1\}.*/\1 \2 \3 \4 \5 \7/p' \
    "$data/state.json" 2>/dev/null
}

status() {
  if ! running; then
    say "The system on $data is not running."
    return 3
  fi
  printf '%-17s %-12s %-10s %8s %9s  %s\n' resource state health pid restarts address
  resources | while read -r name state health pid restarts url; do
    printf '%-17s %-12s %-10s %8s %9s  %s\n' "$name" "$state" "${health/null/-}" "${pid/null/-}" "$restarts" "$url"
  done
  ready
}

secret() { cat "$data/secrets/$1"; }

addresses() {
  say
  say "Marketplace      $gateway            API description $gateway/docs"
  [ "${MARKETPLACE_STRIPE:-}" = live ] || say "Stripe emulator  $stripe"
  say "Echo API         $echo_api"
  [ -z "$ASPIRE_DASHBOARD_PATH" ] || say "Dashboard        http://localhost:$((base_port + 12))/login?t=$(secret dashboard-token)"
  say "RabbitMQ         http://localhost:$((base_port + 2))            marketplace / $(secret broker-password)"
  say "PostgreSQL       localhost:$base_port                   postgres / $(secret database-password)"
  say "Operator         operator@marketplace.localhost / $(secret operator-password)"
}

story() {
  local program=artifacts/bin/Story/release/Marketplace.Story
  [ -x "$program" ] || die "The story is not built ($program)."
  attended "$program" "$1" --gateway "$gateway" --stripe "$stripe" --echo "$echo_api" "${@:2}"
}

check() {
  local program=artifacts/bin/Operations/release/Marketplace.Operations
  [ -x "$program" ] || die "The operator's command is not built ($program)."
  OPERATOR_PASSWORD=$(secret operator-password) attended "$program" check --gateway "$gateway" --operator operator@marketplace.localhost
}

# Ends AppHost, which ends everything else in order. Nothing of it lives when this returns.
stop_app_host() {
  local pid=$1 tries=0
  kill -TERM "$pid" 2>/dev/null || true
  while running || kill -0 "$pid" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -le 900 ] || break
    sleep 0.1
  done
  if running; then
    say "AppHost does not end; killing it." >&2
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$data/apphost.pid" "$data/state.json"
}
