#!/bin/sh
# Drives a sandbox with curl: bedesten serve --demo --sandbox --clock manual; examples/sandbox.sh http://127.0.0.1:8080
set -eu
url=${1:-http://127.0.0.1:8080}

sandbox() { # PATH JSON: asks, and shows the answer
  curl --silent --show-error --fail-with-body -X POST "$url/sandbox/$1" -d "$2"
  echo
}

sandbox accounts '{"name": "shell-bot", "balances": {"USD": "1000"}}' > /dev/null # the answer has the account's key
sandbox states/save '{"name": "begun"}' > /dev/null
sandbox clock/advance '{"by": "5s"}'
sandbox faults '{"on": "request", "where": {"path": "*/time"}, "do": {"refuse": "rate_limited"}}'
curl --silent --output /dev/null --write-out 'time is answered %{http_code}\n' "$url/spot/api/v3.3/time"
curl --silent --output /dev/null --write-out 'then %{http_code}\n' "$url/spot/api/v3.3/time"
sandbox play '{"name": "halted-market"}'
sandbox clock/advance '{"by": "6s"}'
sandbox states/restore '{"name": "begun"}'
curl --silent --show-error --fail "$url/sandbox"
echo
