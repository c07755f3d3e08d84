#!/usr/bin/env bash
# Generates Go code from proto/ offline: protoc (Debian's protobuf-compiler 3.21, or $PROTOC), with the plugin and the
# includes at the versions that go.mod names.
set -euo pipefail
cd "$(dirname "$0")/.."
module_dir() { go list -m -f '{{.Dir}}' "$1"; }
sdk=$(module_dir github.com/cosmos/cosmos-sdk)
gogo=$(module_dir github.com/cosmos/gogoproto)
cosmos=$(module_dir github.com/cosmos/cosmos-proto)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
GOBIN=$out/bin go install github.com/cosmos/gogoproto/protoc-gen-gocosmos
any=Mgoogle/protobuf/any.proto=github.com/cosmos/gogoproto/types/any
find proto -name '*.proto' -exec dirname {} \; | LC_ALL=C sort -u | while read -r dir; do
  PATH=$out/bin:$PATH "${PROTOC:-protoc}" -I proto -I "$sdk/proto" -I "$cosmos/proto" -I "$gogo" -I "$gogo/protobuf" \
    --gocosmos_out="plugins=grpc,$any:$out" "$dir"/*.proto
done
cp -r "$out/ayni.example/." .
