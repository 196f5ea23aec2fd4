# shellcheck shell=bash disable=SC2154
# The servers that all suites use, and the suites. Sourced by ./test.

servers=()

# Different ports that nobody listens on now, in a range that the kernel does not hand out itself.
free_ports() {
  local count=$1 port
  local -A named=()
  while [ "$count" -gt 0 ]; do
    port=$((20000 + RANDOM % 10000))
    if [ -z "${named[$port]:-}" ] && ! (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      named[$port]=1
      echo "$port"
      count=$((count - 1))
    fi
  done
}

# One PostgreSQL and one RabbitMQ, the way AppHost starts them.
start_servers() {
  local password ports
  password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
  mapfile -t ports < <(free_ports 5)
  FOLDER=$work/postgres PORT=${ports[0]} PASSWORD=$password \
    setpriv --pdeathsig TERM -- bash AppHost/servers/postgres.sh </dev/null >"$logs/postgres.log" 2>&1 &
  servers+=($!)
  FOLDER=$work/rabbitmq PORT=${ports[1]} MANAGEMENT_PORT=${ports[2]} DISTRIBUTION_PORT=${ports[3]} NAMES_PORT=${ports[4]} \
    BROKER_USER=tests PASSWORD=$password \
    setpriv --pdeathsig TERM -- bash AppHost/servers/rabbitmq.sh </dev/null >"$logs/messaging.log" 2>&1 &
  servers+=($!)
  export TEST_POSTGRES="Host=127.0.0.1;Port=${ports[0]};Username=postgres;Password=$password"
  export TEST_RABBITMQ="amqp://tests:$password@127.0.0.1:${ports[1]}"
  export TEST_RABBITMQ_MANAGEMENT="http://tests:$password@127.0.0.1:${ports[2]}"
  server_ports=("${ports[@]:0:3}")
}

# The broker opens its listeners last; PostgreSQL opens its own when its databases are made.
wait_for_servers() {
  local port deadline=$((SECONDS + 90)) server
  for port in "${server_ports[@]}"; do
    until (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
      for server in "${servers[@]}"; do
        kill -0 "$server" 2>/dev/null || die "A server for the tests has ended: $(tail -n 5 "$logs/postgres.log" "$logs/messaging.log")"
      done
      [ "$SECONDS" -lt "$deadline" ] || die "The servers for the tests do not come up; see $logs."
      attended sleep 0.2
    done
  done
}

stop_servers() {
  local server
  for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
  for server in "${servers[@]}"; do wait "$server" 2>/dev/null || true; done
}

# Runs one suite; its figures go to $results/<suite>.figures as "passed failed skipped seconds".
run_suite() {
  local suite=$1 began=$SECONDS program counters passed failed skipped status=0
  program=$(find "artifacts/bin/$suite/release" -maxdepth 1 -name "Marketplace.$suite" 2>/dev/null)
  if [ -z "$program" ]; then
    echo "It was not built." >"$results/$suite.log"
    status=127
  else
    setpriv --pdeathsig TERM -- timeout -k 10 "$suite_seconds" "$program" --results-directory "$results" \
      --report-xunit-trx --report-xunit-trx-filename "$suite.trx" --no-ansi --no-progress </dev/null >"$results/$suite.log" 2>&1 || status=$?
  fi
  counters=$(grep -o '<Counters [^>]*' "$results/$suite.trx" 2>/dev/null || true)
  number() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<" $counters" | grep . || echo 0; }
  passed=$(number passed)
  skipped=$(number notExecuted)
  failed=$(($(number total) - passed - skipped))
  # A suite that crashed, was cut off, or ran nothing has failed, whatever it reported.
  if [ "$failed" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$passed" -eq 0 ]; }; then
    failed=1
    echo "The suite did not end as it should: exit code $status, $passed tests passed." >>"$results/$suite.log"
  fi
  echo "$passed $failed $skipped $((SECONDS - began))" >"$results/$suite.figures"
}

report_suite() {
  local suite=$1 passed failed skipped seconds
  read -r passed failed skipped seconds <"$results/$suite.figures"
  printf '%-24s %5d passed %5d failed %5d s%s\n' "$suite" "$passed" "$failed" "$seconds" "$([ "$skipped" -eq 0 ] || echo "  ($skipped skipped)")"
  if [ "$failed" -gt 0 ]; then
    sed 's/^/    /' "$results/$suite.log"
  fi
}

# Each failed test of a suite with the beginning of its message: whoever sees but the end of a long output still sees what failed.
recall_failures() {
  local suite=$1
  awk '
    /^(info|warn|fail|dbug|crit): / { logged = 1; next }
    logged && /^      / { next }
    { logged = 0 }
    /^failed / { lines = 25 }
    /^$/ { lines = 0 }
    lines-- > 0 { print "    " $0 }
    /^The suite did not end as it should/ || /^It was not built/ { print "    " $0 }
  ' "$results/$suite.log"
}

# Runs the named suites, so many at a time, the first named first; reports each as it ends.
run_suites() {
  local together=$1 suite
  shift
  declare -A suite_of=()
  local ended
  for suite in "$@"; do
    if [ "${#suite_of[@]}" -ge "$together" ]; then
      wait -n -p ended "${!suite_of[@]}" || true
      report_suite "${suite_of[$ended]}"
      unset "suite_of[$ended]"
    fi
    run_suite "$suite" &
    suite_of[$!]=$suite
  done
  while [ "${#suite_of[@]}" -gt 0 ]; do
    wait -n -p ended "${!suite_of[@]}" || true
    report_suite "${suite_of[$ended]}"
    unset "suite_of[$ended]"
  done
}
