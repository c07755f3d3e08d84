//go:build tools

// Package tools pins the generators that make gen runs.
package tools

import (
	_ "github.com/cosmos/gogoproto/protoc-gen-gocosmos"
)
