# shellcheck shell=bash disable=SC2154
# Which flavour is built (published packages or standins/), and the build. Sourced by ./run and ./test.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

# Tries the feeds for the published packages; a feed that lacks them is asked again after a day.
flavour() {
  command -v dotnet >/dev/null || die "The .NET SDK is missing: https://dotnet.microsoft.com/download ($(grep -o '"version": "[^"]*"' global.json) or later)."
  local packages=${NUGET_PACKAGES:-$HOME/.nuget/packages} without=artifacts/no-upstream-packages
  mkdir -p artifacts
  if [ -z "${UpstreamPackages:-}" ] && [ ! -d "$packages/aspire.hosting/$aspire_version" ] &&
    { [ ! -e "$without" ] || [ -n "$(find "$without" -mmin +1440)" ]; }; then
    if ! attended timeout 90 dotnet restore eng/upstream --verbosity quiet >"$logs/upstream.log" 2>&1; then
      touch "$without"
    fi
  fi
  UpstreamPackages=$(dotnet msbuild AppHost -getProperty:UpstreamPackages 2>/dev/null)
  export UpstreamPackages
  if [ "$UpstreamPackages" = true ]; then
    say "Packages: the published Aspire.Hosting, Stripe.net and System.IO.Hashing."
    if docker info >/dev/null 2>&1; then
      export MARKETPLACE_CONTAINERS=true
    fi
  else
    say "Packages: standins/ for Aspire.Hosting, Stripe.net and System.IO.Hashing, which the package feed does not carry."
  fi
}

# Builds a solution or filter, unless nothing has changed since it was last built. The compiler server is ours and goes with the build.
build() {
  local what=$1 stamp
  stamp=artifacts/built-$(basename "$what")-$UpstreamPackages
  if [ -e "$stamp" ] && [ -z "$(find . \( -path ./artifacts -o -path ./.git -o -path './.data*' \) -prune -o \
    \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.targets' -o -name '*.sql' -o -name '*.json' -o -name '*.slnf' -o -name '*.sln' \
    -o -name .editorconfig -o -type d \) -newer "$stamp" -print -quit)" ]; then
    return 0
  fi
  say "Building $what"
  local pipe=marketplace-$$ started status=0
  started=$(mktemp -p artifacts)
  attended dotnet build "$what" -c Release -v quiet -nodeReuse:false "-p:SharedCompilationId=$pipe" </dev/null >"$logs/build.log" 2>&1 || status=$?
  local server
  for server in /proc/[0-9]*; do
    if tr '\0' ' ' 2>/dev/null <"$server/cmdline" | grep -q -- "-pipename:$pipe\b"; then
      kill "${server#/proc/}" 2>/dev/null || true
    fi
  done
  if [ "$status" -ne 0 ]; then
    rm -f "$started"
    grep -E 'error|warning' "$logs/build.log" | sort -u | head -n 40 >&2 || tail -n 40 "$logs/build.log" >&2
    die "The build failed; all of it is in $logs/build.log."
  fi
  mv "$started" "$stamp"
}
