// Command fusevet checks packages for arithmetic whose bits depend on the processor:
// go run ./tools/fusevet -test=false ./tensor/...
package main

import (
	"golang.org/x/tools/go/analysis/singlechecker"

	"ayni.example/tools/fusion"
)

func main() { singlechecker.Main(fusion.Analyzer) }
