# shellcheck shell=bash disable=SC2154
# What the machine must have: programs from the distribution, the Aspire dashboard and Stripe's own clients from npm. Sourced by ./run and ./test.

aspire_version=13.5.4
cache=${MARKETPLACE_CACHE:-$HOME/.cache/marketplace}
aspire=$cache/aspire-$aspire_version

say() { printf '%s\n' "$*"; }
die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Runs a command so that a signal to us ends it at once instead of waiting for it.
child=
attended() {
  "$@" &
  child=$!
  local status=0
  wait "$child" || status=$?
  child=
  return "$status"
}

# Calls us (SIGTERM) when the process that started us is gone. It may only have started us from one of its threads: a parent-death
# signal would take that thread's end for the process's.
watcher=
watch_parent() {
  local main=$$ parent=$PPID
  (
    trap - EXIT INT TERM HUP
    while [ -d "/proc/$main" ] && read -r stat <"/proc/$main/stat"; do
      stat=${stat##*) }
      read -r _ now _ <<<"$stat"
      if [ "$now" != "$parent" ]; then
        kill -TERM "$main" 2>/dev/null
        break
      fi
      sleep 1
    done
  ) 9>&- &
  watcher=$!
  disown
}
no_longer_watched() { [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true; }

# Installs the named Debian packages, or says what to install.
packages() {
  [ $# -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    die "Missing on this machine: $*. Install them first: sudo apt-get install $*"
  fi
  say "Installing $*"
  # A package that brings a daemon is not to start it: ours are started by AppHost.
  local policy=/usr/sbin/policy-rc.d status=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  else
    policy=
  fi
  export DEBIAN_FRONTEND=noninteractive
  { attended apt-get -qq update && attended apt-get -qq -y --no-install-recommends install "$@"; } </dev/null >"$logs/install.log" 2>&1 || status=$?
  [ -z "$policy" ] || rm -f "$policy"
  if [ "$status" -ne 0 ]; then
    tail -n 20 "$logs/install.log" >&2
    die "apt-get could not install $*."
  fi
}

# PostgreSQL and RabbitMQ, and whatever else is named as program=package.
programs() {
  local missing=() need
  [ -n "$(find /usr/lib/postgresql -maxdepth 3 -name postgres 2>/dev/null)" ] || missing+=(postgresql-15)
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
  for need in "$@"; do
    command -v "${need%%=*}" >/dev/null || missing+=("${need#*=}")
  done
  packages "${missing[@]}"
}

# The dashboard (and the orchestrator that the published Aspire uses) from npm, once per machine. Without it the system runs, unseen.
dashboard() {
  export ASPIRE_DASHBOARD_PATH="" ASPIRE_DCP_PATH=""
  if [ ! -e "$aspire/installed" ]; then
    local kind
    case $(uname -m) in
      x86_64) kind=linux-x64 ;;
      aarch64) kind=linux-arm64 ;;
      *) say "No Aspire dashboard for $(uname -m): running without it."; return 0 ;;
    esac
    mkdir -p "$cache"
    if ! (exec 8>"$cache/lock"; flock 8; [ -e "$aspire/installed" ] || attended install_dashboard "$kind") >"$logs/dashboard-install.log" 2>&1; then
      say "The Aspire dashboard could not be installed from npm (see $logs/dashboard-install.log): running without it."
      return 0
    fi
  fi
  export AspireCliPath=$aspire/bin/aspire
  ASPIRE_DASHBOARD_PATH=$aspire/bundle/managed/aspire-managed
  ASPIRE_DCP_PATH=$aspire/bundle/dcp
}

install_dashboard() {
  local package=@microsoft/aspire-cli-$1
  rm -rf "$aspire" "$aspire.new"
  npm install --prefix "$aspire.new" --no-save --no-audit --no-fund --ignore-scripts "$package@$aspire_version" </dev/null || return
  mv "$aspire.new/node_modules/$package" "$aspire"
  rm -rf "$aspire.new"
  mkdir -p "$aspire/home"
  chmod +x "$aspire/bin/aspire"
  # Its log and its first-run notice go to a home folder of its own.
  HOME=$aspire/home ASPIRE_CLI_TELEMETRY_OPTOUT=true "$aspire/bin/aspire" setup --non-interactive --nologo </dev/null || return
  [ -x "$aspire/bundle/managed/aspire-managed" ] && touch "$aspire/installed"
}

# Stripe's own command line and Node clients, against which the emulator is tested, from npm, once per machine. Tests that find none say so.
stripe_clients() {
  local pinned=tests/StripeEmulator.Tests/Clients there=$cache/stripe-clients
  if ! cmp -s "$pinned/package-lock.json" "$there/package-lock.json"; then
    mkdir -p "$cache"
    if ! (exec 8>"$cache/lock"; flock 8; cmp -s "$pinned/package-lock.json" "$there/package-lock.json" || attended install_stripe_clients "$pinned" "$there") \
      >"$logs/stripe-clients-install.log" 2>&1; then
      say "Stripe's own clients could not be installed from npm (see $logs/stripe-clients-install.log): their tests will fail."
      return 0
    fi
  fi
  export TEST_STRIPE_CLIENTS=$there
}

# What ./bench measures us against, from npm, once per machine. Without it that line is left out.
bench_peers() {
  local pinned=tests/Benchmarks/Peers there=$cache/bench-peers
  if ! cmp -s "$pinned/package-lock.json" "$there/package-lock.json"; then
    mkdir -p "$cache"
    if ! (exec 8>"$cache/lock"; flock 8; cmp -s "$pinned/package-lock.json" "$there/package-lock.json" || attended install_stripe_clients "$pinned" "$there") \
      >"$logs/bench-peers-install.log" 2>&1; then
      say "The peers could not be installed from npm (see $logs/bench-peers-install.log): measuring without them."
      return 0
    fi
  fi
  export BENCH_PEERS=$there
}

install_stripe_clients() {
  rm -rf "$2" "$2.new"
  mkdir -p "$2.new"
  cp "$1"/package*.json "$2.new" || return
  npm install --prefix "$2.new" --no-save --no-audit --no-fund --ignore-scripts </dev/null || return
  # npm may write the lock file anew; what counts is what was pinned.
  cp "$1/package-lock.json" "$2.new" && mv "$2.new" "$2"
}
