#!/usr/bin/env bash
# An appraisal oracle: a forest and a network value diamonds, the ledger verifies each value against the committed model, and a payer's
# promise pays by verified values alone. One command, about a minute: examples/appraisal/run.sh [path of ayni]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ayni=$(realpath "${1:-$here/../../bin/ayni}")
data=$here/../../zkml/testdata
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

step() { printf '\n== %s\n' "$*"; }
oracle() { "$ayni" --home "$work/oracle" "$@"; }
seller() { "$ayni" --home "$work/seller" "$@"; }
# field NAME: a number or a text of the JSON on standard input, the first of that name.
field() { sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" | sed -n 1p; }
# refused WORDS COMMAND...: the command must fail and say the words.
refused() {
  local words=$1
  shift
  if "$@" >"$work/out" 2>&1; then echo "not refused: $*" >&2; exit 1; fi
  grep -q "$words" "$work/out" || { cat "$work/out" >&2; echo "refused, but not for \"$words\": $*" >&2; exit 1; }
  echo "refused, as it must be: $(head -1 "$work/out" | cut -c1-160)"
}
# ready NAME: waits for the process whose standard output is $work/NAME.out.
ready() {
  for _ in $(seq 240); do grep -q '^ready ' "$work/$1.out" && return; sleep 0.5; done
  cat "$work/$1.err" >&2
  exit 1
}

step "compile two models of diamond prices, and measure them on rows that they have not seen"
for model in forest mlp; do
  rows=$data/appraisal-$model
  oracle zkml compile "$rows/model.onnx" --name "diamonds-$model" --calibration "$rows/calibration.pb" \
    --held-out "$rows/heldout.pb" --targets "$rows/targets.pb" --max-bytes 0 -o "$work/$model.ayni-model"
done
forest=$(oracle zkml describe "$work/forest.ayni-model" --json | field model)
mlp=$(oracle zkml describe "$work/mlp.ayni-model" --json | field model)

step "a cooperative runs a ledger and the oracle; a seller joins"
"$ayni" up --home "$work/oracle" --listen 127.0.0.1:0 --ollama off >"$work/oracle.out" 2>"$work/oracle.err" &
pids+=($!)
ready oracle
token=$(oracle invite --credits 50 2>/dev/null)
"$ayni" join "$token" --home "$work/seller" --listen 127.0.0.1:0 --ollama off >"$work/seller.out" 2>"$work/seller.err" &
pids+=($!)
ready seller
payer=$(oracle wallet show --json | field address)
beneficiary=$(seller wallet show --json | field address)
oracle wallet show | sed -n 1p
seller wallet show | sed -n 1p

step "enter both models on the ledger: circuit and commitment, not the weights"
oracle zkml register "$work/forest.ayni-model" --price 0.01
oracle zkml register "$work/mlp.ayni-model" --price 0.01 >/dev/null
oracle zkml list
oracle zkml quote "$forest"

step "the cooperative promises one credit for each thousand dollars of the forest's value of diamond 3"
# One of the output's integer is worth the model's scale, in dollars.
scale=$(oracle zkml describe "$work/forest.ayni-model" --json | sed -n '/"output": {/,/}/p' | sed -n '/"scale"/{n;s/[ ,]//g;p}')
unit=$(awk -v s="$scale" 'BEGIN { printf "%.18f", s / 1000 }')
oracle payout promise --to "$beneficiary" --model "$forest" --context "diamond 3" --unit "$unit" --most 20 --fresh 10m
for _ in $(seq 100); do seller payout list --json | grep -q "$forest" && break; sleep 0.1; done
echo "nobody has proved a value yet:"
refused "ayni zkml values" seller payout collect "$payer" 1
echo "a seller who had the weights would prove a better diamond, and it would not count: the promise names whose inputs are trusted"
seller prove "$work/forest.ayni-model" --input 3,5,7,8,60,58,9,9,5.5 --ledger --context "diamond 3" -o "$work/better.proof" | sed -n 1p
seller zkml submit "$work/better.proof" | sed -n 1p
refused "ayni zkml values" seller payout collect "$payer" 1

step "value six diamonds with both models, prove, check offline, have the ledger verify"
printf '%-10s %12s %12s %12s %s\n' diamond sold forest network proofs
for n in 1 2 3 4 5 6; do
  for model in forest mlp; do
    oracle prove "$work/$model.ayni-model" --input "$data/appraisal-$model/heldout.pb" --row "$n" --ledger --context "diamond $n" \
      -o "$work/$model-$n.proof" --json >"$work/$model-$n.json"
    "$ayni" verify "$work/$model-$n.proof" --home "$work/nobody" --model "${!model}" >/dev/null
    oracle zkml submit "$work/$model-$n.proof" >/dev/null
  done
  reals() { tr -d ' \n' <"$work/$1-$n.json" | sed 's/.*"reals":\[\([^]]*\)\].*/\1/'; }
  printf '%-10s %12s %12.2f %12.2f %s\n' "$n" "$(sed -n "${n}p" "$here/sold.txt")" "$(reals forest)" "$(reals mlp)" \
    "$(du -b "$work/forest-$n.proof" "$work/mlp-$n.proof" | awk '{ printf "%d kB ", $1 / 1000 }')"
done
oracle zkml values "$forest"

step "what does not count"
refused "nonce was used" oracle zkml submit "$work/forest-6.proof"
refused "not bound to this machine" seller zkml submit "$work/forest-6.proof"
refused "model" "$ayni" verify "$work/mlp-6.proof" --home "$work/nobody" --model "$forest"
# The same proof with another byte near its end.
cp "$work/forest-6.proof" "$work/changed.proof"
printf '\377' | dd of="$work/changed.proof" bs=1 seek=$(($(stat -c %s "$work/changed.proof") - 3)) conv=notrunc status=none
refused "refused" "$ayni" verify "$work/changed.proof" --home "$work/nobody" --model "$forest"
refused "sender may not do this" oracle payout collect "$payer" 1

step "the seller collects what the verified value comes to"
before=$(seller wallet show --json | field balance)
seller payout collect "$payer" 1 --json >"$work/paid.json"
paid=$(field paid <"$work/paid.json")
dollars=$(tr -d ' \n' <"$work/forest-3.json" | sed 's/.*"reals":\[\([^]]*\)\].*/\1/')
after=$(seller wallet show --json | field balance)
echo "valued at $dollars dollars, paid $paid credits; the seller had $before and has $after"
awk -v p="$paid" -v d="$dollars" 'BEGIN { if (p < d/1000 * 0.99 || p > d/1000 * 1.01) exit 1 }' || { echo "paid $paid for $dollars" >&2; exit 1; }
awk -v b="$before" -v a="$after" -v p="$paid" 'BEGIN { if (a <= b || a > b + p) exit 1 }' || { echo "the balance does not fit" >&2; exit 1; }
refused "not found" seller payout collect "$payer" 1
printf '\nall as it must be\n'
