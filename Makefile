# Every target is one line of `make help`.
SHELL := /bin/bash
export CGO_ENABLED := 0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X ayni.example/cli.version=$(VERSION)
LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 10s
SEED ?= 1
# Tests of these packages take longest, so they begin first.
SLOW := ./chain ./zk/hostile ./sandbox/oci ./test/bench/train ./x/internal/disputesim ./x/internal/simtest ./index ./x/beacon/keeper
STARTER_GO := $(shell sed -n 's/^. go //p' tensor/starter/corpus.txt | head -1)
STARTER_OUT ?= .starter
STARTER_THREADS ?=

.PHONY: help build build-faults up test test-all e2e example-agent example-appraisal example-compute example-provenance soak sim fuzz bench lint fmt gen check-gen notices stats starter clean uninstall

## help: list the targets
help:
	@sed -n 's/^## //p' Makefile | column -t -s ':'

## build: write bin/ayni, one static binary
build:
	@mkdir -p bin
	go build -ldflags "$(LDFLAGS)" -o bin/ayni ./cmd/ayni

## build-faults: write bin/ayni-faults, for tests alone: its clock can be set wrong, and its guard against double signing switched off
build-faults:
	@mkdir -p bin
	go build -tags faults -ldflags "$(LDFLAGS)" -o bin/ayni-faults ./cmd/ayni

## up: build, then run everything on this machine
up: build
	./bin/ayni up

## test: the quick tests, and in CI the slow ones too; says what it skipped
test:
	@go test $(if $(CI),-vet=off -p 3,-short) -timeout 20m -json $$(go list $(SLOW) ./... | grep -v /test/e2e) | go run ./tools/testreport

## test-all: the quick and the slow tests of the packages
test-all:
	@go test -json -timeout 30m ./... | go run ./tools/testreport

## e2e: real processes, that is two machines, four validators, stock clients, kills, partitions (needs root, node and npm)
e2e: build build-faults
	AYNI_BIN=$(CURDIR)/bin/ayni AYNI_FAULT_BIN=$(CURDIR)/bin/ayni-faults go test -vet=off -count=1 -parallel 4 -timeout 60m -json ./test/e2e/... | go run ./tools/testreport

## example-agent: a treasury that a model cannot empty, whatever it is told, in half a minute
example-agent: build
	examples/agent/run.sh

## example-appraisal: an oracle whose values the ledger verifies and a promise pays by, in half a minute
example-appraisal: build
	examples/appraisal/run.sh

## example-compute: rent a container and a training on a second machine, with their bills, in two minutes
example-compute: build
	examples/compute/run.sh

## example-provenance: a pool, a model of it, and an answer that pays who gave, in half a minute
example-provenance: build
	examples/provenance/run.sh

## soak: an hour of random faults on four validators (needs root); AYNI_FAULT_TIME=3h for longer, AYNI_SEED for the same again
soak: build build-faults
	AYNI_BIN=$(CURDIR)/bin/ayni AYNI_FAULT_BIN=$(CURDIR)/bin/ayni-faults AYNI_FAULT_TIME=$${AYNI_FAULT_TIME:-1h} go test -count=1 -timeout 0 -v -run '^TestRandomFaults$$' ./test/e2e

## sim: the ledger under random work from SEED, and a thousand wake-ups of agents whose hosts die at random steps
sim:
	SEED=$(SEED) STEPS=20000 RUNS=10000 AYNI_SEED=$(SEED) AYNI_BLOCKS=5000 go test -count=1 -timeout 30m -run 'TestSimulation' -v ./x/internal/simtest ./x/internal/disputesim ./chain
	SEED=$(SEED) STEPS=1500 go test -count=1 -timeout 30m -run TestSimulation -v ./x/schedule/keeper ./x/council/keeper
	AGENT_SEED=$(SEED) AGENT_WAKES=1000 go test -count=1 -timeout 40m -run TestKilledHosts -v ./agent/host

## fuzz: every fuzz target for FUZZTIME
fuzz:
	go run ./tools/fuzzall -time $(FUZZTIME)

## bench: measure against peers and limits; writes docs/benchmarks.md
bench: build
	go run ./test/bench -out docs/benchmarks.md

## starter: train the starter model again and compare its weights (half an hour to some hours on one core; goes on where it was stopped)
starter: build
	GOROOT=$$(GOTOOLCHAIN=$(STARTER_GO) go env GOROOT) ./bin/ayni train tensor/starter/recipe.yaml --local --out $(STARTER_OUT) $(if $(STARTER_THREADS),--threads $(STARTER_THREADS))
	cmp $(STARTER_OUT)/starter-Q8_0.gguf tensor/starter/starter.gguf && echo "equal: these are the weights of ayni/starter"

## lint: formatting and static checks; the linter has vet's too, but for assembly
lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go' | grep -v '\.pb\.go$$'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./tensor/... ./zk/...
	go run ./tools/fusevet -test=false ./tensor/... ./train ./train/bpe ./train/checkpoint ./train/corpus ./train/recipe
	go run $(LINT) run --max-same-issues 0 --max-issues-per-linter 0 ./...

## fmt: format the code
fmt:
	go run $(LINT) fmt ./...

## gen: generate Go from proto/ (needs protoc, of Debian's protobuf-compiler) and the assembly of tensor/ and zk/
gen:
	./tools/protogen.sh
	go run ./tools/kernelgen

## check-gen: fail when generated code differs from its source
check-gen: gen
	git diff --exit-code -- '*.pb.go' tensor/internal/kernel zk/field zk/hash

## notices: write THIRD_PARTY_NOTICES.txt from the modules that the binary holds
notices:
	go run ./tools/notices > THIRD_PARTY_NOTICES.txt

## stats: direct dependencies, binary size, cold build time
stats:
	go run ./tools/stats

## clean: remove what make built
clean:
	rm -rf bin dist

## uninstall: tell how to remove Ayni from this machine
uninstall:
	@echo "stop it, then: rm -rf bin $${AYNI_HOME:-~/.ayni}   (the home holds your wallet: back it up first with 'ayni wallet backup FILE')"
