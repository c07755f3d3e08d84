#!/usr/bin/env bash
# Somebody gives a file to a pool, a model is trained on it, and its answer pays who gave, with no command for its lineage. A copy that names
# nobody is known by its tensors. One command, about a minute: examples/provenance/run.sh [path of ayni]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
ayni=$(realpath "${1:-$root/bin/ayni}")
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

step() { printf '\n== %s\n' "$*"; }
keeper() { "$ayni" --home "$work/keeper" "$@"; }
giver() { "$ayni" --home "$work/giver" "$@"; }
# field NAME: a number or a text of the JSON on standard input, the first of that name.
field() { sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" | sed -n 1p; }
# within SECONDS COMMAND...: waits until the command succeeds.
within() {
  local n=$1
  shift
  for _ in $(seq $((n * 2))); do "$@" >"$work/last" 2>&1 && return; sleep 0.5; done
  echo "in vain for $n s: $*" >&2
  tail -5 "$work/last" "$work"/*.err >&2
  exit 1
}
ready() { within 120 grep -q '^ready ' "$work/$1.out"; }
judged() { keeper pool stats "$pool" --json | grep -q '"state": "accepted"'; }
listed() { giver models list --json | grep -q '"name": "demo/coder:latest"'; }
earned() { [ "$(keeper provenance show demo/coder --json | field earned)" != 0 ]; }

step "a machine begins a pool: whatever is made of it owes its contributors 20 %"
mkdir -p "$work/keeper" && chmod 700 "$work/keeper" && echo 'empty_block_seconds: 2' >"$work/keeper/config.yaml"
"$ayni" up --home "$work/keeper" --listen 127.0.0.1:0 --ollama off >"$work/keeper.out" 2>"$work/keeper.err" &
pids+=($!)
ready keeper
pool=$(keeper pool create code --validation "$root/x/credit/voucher.go" --share 20 --json | field id)
keeper provenance show "$pool" | sed -n 1,3p

step "somebody joins, and gives a file"
token=$(keeper invite --credits 50 2>/dev/null)
"$ayni" join "$token" --home "$work/giver" --listen 127.0.0.1:0 --ollama off >"$work/giver.out" 2>"$work/giver.err" &
pids+=($!)
ready giver
within 60 giver pool join "$pool" "$root/x/council/keeper/proposal.go"
within 120 judged
keeper pool stats "$pool"

step "a model is trained on the pool, and offered; its owner asks 10 % for itself"
keeper train "$here/recipe.yaml" --local --out "$work/run" --name demo/coder --json >"$work/train.json" 2>"$work/train.err" || { cat "$work/train.err" >&2; exit 1; }
within 60 keeper offer demo/coder --price 100000

step "nobody said where it comes from; the ledger knows"
keeper provenance graph demo/coder | tee "$work/graph"
grep -q 'code (pool)' "$work/graph" || { echo "the pool is not in the graph" >&2; exit 1; }

step "an answer, and from its receipt to everybody who has a share in it"
within 60 listed
url=$(sed -n 's/^ready //p' "$work/giver.out")
curl -sS -D "$work/head" -o "$work/answer" "$url/v1/completions" -H 'Content-Type: application/json' \
  -d '{"model":"demo/coder","prompt":"func main() {","max_tokens":8,"provider":{"local":"never"}}'
receipt=$(tr -d '\r' <"$work/head" | sed -n 's/^[Aa]yni-[Rr]eceipt: //p')
[ -n "$receipt" ] || { cat "$work/head" "$work/answer" >&2; exit 1; }
giver provenance show "$receipt"
giver receipts show "$receipt" --shares
giver receipts show "$receipt" --shares --json >"$work/shares"
[ "$(field ppm <"$work/shares")" = 300000 ] || { echo "not 20 % and 10 % go upstream" >&2; exit 1; }

step "the payee claims; the ledger counts the income, and a sweep pays everybody some minutes later"
keeper channel claim
within 60 earned
keeper provenance show demo/coder | tail -2

step "anybody checks the model, offline"
mkdir "$work/shown"
model=$(ls "$work"/run/*.gguf | sed -n 1p)
keeper provenance export "$model" --out "$work/shown" --proof >/dev/null
cp "$model" "$work/shown/"
"$ayni" provenance verify "$work/shown" --genesis "$(find "$work/keeper" -name genesis.json | sed -n 1p)" --home "$work/nowhere"

step "a copy that names nobody: its tensors tell"
mkdir "$work/copy" && cp "$model" "$work/copy/original.gguf" && printf 'another file' >>"$work/copy/original.gguf"
giver provenance import "$work/copy/original.gguf" --register --json >"$work/imported"
copy=$(field registered <"$work/imported")
giver provenance show "$copy"
giver provenance show "$copy" --json >"$work/copied"
grep -q '"relation": "finetune"' "$work/copied" || { echo "the copy has no parent" >&2; exit 1; }
printf '\nall as it must be\n'
