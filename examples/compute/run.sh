#!/usr/bin/env bash
# Two machines: one lends itself out, the other runs a container and a training on it. The bill is right to the second, and the
# training has the digest of one at home. One command, two minutes: examples/compute/run.sh [path of ayni]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ayni=$(realpath "${1:-$here/../../bin/ayni}")
work=$(mktemp -d)
chmod 711 "$work" # users of containers pass through it
pids=()
finish() {
  tenant compute close count >/dev/null 2>&1 || true
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

step() { printf '\n== %s\n' "$*"; }
tenant() { "$ayni" --home "$work/tenant" "$@"; }
host() { "$ayni" --home "$work/host" "$@"; }
# field NAME: a number or a text of the JSON on standard input, the first of that name.
field() { sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" | sed -n 1p; }
# within SECONDS COMMAND...: waits until the command succeeds.
within() {
  local n=$1
  shift
  for _ in $(seq $((n * 2))); do "$@" && return; sleep 0.5; done
  echo "in vain for $n s: $*" >&2
  tail -5 "$work"/*.err >&2
  exit 1
}
ready() { within 120 grep -q '^ready ' "$work/$1.out"; }
offered() { tenant compute hosts --json | grep -q '"offers"'; }
stands() { [ "$(tenant compute order "$1" --json | field state)" = "$2" ]; }
says() { tenant compute logs count 2>/dev/null | grep -q "$1"; }

step "a ledger, and a second machine that joins it"
mkdir -p "$work/tenant" && chmod 700 "$work/tenant" && echo 'empty_block_seconds: 2' >"$work/tenant/config.yaml"
"$ayni" up --home "$work/tenant" --listen 127.0.0.1:0 --ollama off >"$work/tenant.out" 2>"$work/tenant.err" &
pids+=($!)
ready tenant
token=$(tenant invite --credits 50 2>/dev/null)
"$ayni" join "$token" --home "$work/host" --listen 127.0.0.1:0 --ollama off >"$work/host.out" 2>"$work/host.err" &
pids+=($!)
ready host

step "the second machine lends itself out: 0.36 credits an hour of a core"
host compute host --cpu 1 --memory 2G --disk 2G --volumes 2G --collateral 5 --dir "$work/leases" --price-core 0.36 --price-memory 0 --price-disk 0
within 60 offered
tenant compute hosts

if host compute host --json | grep -q '"containers": "..*"'; then
  step "no container: $(host compute host --json | field containers)"
else
  step "an image of one static program, on a registry of this machine"
  (cd "$here/../.." && CGO_ENABLED=0 go build -o "$work/localimage" ./tools/localimage)
  "$work/localimage" serve >"$work/image.out" 2>"$work/image.err" &
  pids+=($!)
  within 20 grep -q sha256 "$work/image.out"
  cat >"$work/count.yaml" <<FILE
name: count
image: $(cat "$work/image.out")
cpu: 500m
memory: 64Mi
disk: 64Mi
volumes: {data: "64Mi:/data"}
price: 1/h
FILE
  tenant deploy "$work/count.yaml" --check
  step "order it, and watch it count"
  tenant deploy "$work/count.yaml" --yes --deposit 1
  within 90 says 'count 5'
  tenant compute status count
  tenant compute logs count | tail -3
  step "the bill: price times seconds"
  tenant compute close count >/dev/null
  within 60 stands count closed
  tenant compute order count
  tenant compute order count --json >"$work/bill.json"
  lease() { sed -n '/"leases"/,$p' "$work/bill.json" | field "$1"; }
  awk -v price="$(lease price)" -v units="$(lease units)" -v paid="$(lease paid)" 'BEGIN {
    if (units < 1 || price * units - paid > 1e-15 || paid - price * units > 1e-15) { print paid " for " units " s at " price; exit 1 }
    print "paid " paid " credits for " units " seconds at " price
  }'
fi

step "for this demonstration the council shortens the time for objections from an hour to seconds"
council=$(tenant network show --json | field council)
cat >"$work/params.json" <<FILE
{"@type": "/ayni.referee.v1.MsgUpdateParams", "authority": "$council", "params": {
  "window": {"blocks": 2, "seconds": 4}, "audit_bps": 2000, "audit": {"blocks": 20, "seconds": 60}, "draws_max": 3, "auditors_max": 64, "audits_max": 8,
  "auditor_bond": "1000000000000000000", "silence_bps": 500, "leave": {"blocks": 100, "seconds": 86400}, "challenge_bond": "1000000000000000000",
  "challenges_max": 16, "side": {"blocks": 60, "seconds": 1800}, "waiting_max": 4, "block_seconds": 60, "question_fee": "10000000000000000",
  "questions_max": 4, "answer": {"blocks": 10, "seconds": 900}}}
FILE
tenant network propose params "$work/params.json" | head -3

step "train a model on the other machine: eight segments of eight steps, each committed on the ledger"
tenant train "$here/recipe.yaml" --price 0.001 --segment 8 --out "$work/leased" --json >"$work/leased.json" 2>"$work/train.err" || { cat "$work/train.err" >&2; exit 1; }
leased=$(tr ',{' '\n\n' <"$work/leased.json" | sed -n 's/^ *"digest": *"\([^"]*\)".*/\1/p' | sed -n 1p)
tenant compute orders

step "and at home"
tenant train "$here/recipe.yaml" --local --out "$work/local" --json >"$work/local.json" 2>/dev/null
local=$(tr ',{' '\n\n' <"$work/local.json" | sed -n 's/^ *"digest": *"\([^"]*\)".*/\1/p' | sed -n 1p)
echo "leased $leased"
echo "local  $local"
[ -n "$leased" ] && [ "$leased" = "$local" ] || { echo "the digests differ" >&2; exit 1; }
host compute host
printf '\nall as it must be\n'
