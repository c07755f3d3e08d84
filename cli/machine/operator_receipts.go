package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ayni.example/client/proof"
	"ayni.example/client/verdict"
	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/internal/home"
	"ayni.example/receipt"
	"ayni.example/web/operator"
	"ayni.example/zk/answer"
)

// listMax bounds a page of receipts.
const listMax = 500

type operatorModel = engine.Model

// Receipts implements operator.Operator.
func (m *Machine) Receipts(ctx context.Context, page operator.Page) ([]operator.Receipt, error) {
	if page.Limit <= 0 || page.Limit > listMax {
		page.Limit = listMax
	}
	if page.Earned {
		return m.earned(ctx, page)
	}
	before := int64(0)
	if page.Before != "" {
		number, err := m.numberOf(ctx, page.Before)
		if err != nil {
			return nil, err
		}
		before = number
	}
	entries, err := m.receipts.List(ctx, nil, before, page.Limit)
	if err != nil {
		return nil, err
	}
	list := make([]operator.Receipt, 0, len(entries))
	for _, e := range entries {
		record, err := m.receipts.Record(ctx, string(e.ID), nil)
		if err != nil {
			return nil, err
		}
		line := lineOf(record.File.Receipt)
		line.Provider = e.Route
		list = append(list, line)
	}
	return list, nil
}

// lineOf is a receipt as a line of a list.
func lineOf(r receipt.Receipt) operator.Receipt {
	return operator.Receipt{
		ID: string(r.ID), Time: time.UnixMilli(r.FinishedMS), Model: r.Model, Provider: r.Provider, Prompt: int(r.Usage.Prompt),
		Completion: int(r.Usage.Completion), Total: home.FormatCredits(r.Total), Status: string(r.Status), Assurance: string(r.Assurance),
	}
}

// numberOf finds a receipt's place in the list.
func (m *Machine) numberOf(ctx context.Context, id string) (int64, error) {
	for before := int64(0); ; {
		entries, err := m.receipts.List(ctx, nil, before, listMax)
		if err != nil {
			return 0, err
		}
		for _, e := range entries {
			if string(e.ID) == id {
				return e.Number, nil
			}
			before = e.Number
		}
		if len(entries) < listMax {
			return 0, fmt.Errorf("%w: %s", gateway.ErrNoReceipt, id)
		}
	}
}

func (m *Machine) record(ctx context.Context, id string) (gateway.Record, error) {
	record, err := m.receipts.Record(ctx, id, nil)
	if errors.Is(err, gateway.ErrNoReceipt) {
		if s, err := m.store.Receipt(ctx, receipt.ID(id)); err == nil {
			return gateway.Record{File: fileOf(s), Route: s.Receipt.Provider}, nil // signed here for somebody else
		}
		return record, advice(fmt.Errorf("%w: %s", err, id), "`ayni receipts list` shows those that are here")
	}
	return record, err
}

// ReceiptFile implements operator.Operator.
func (m *Machine) ReceiptFile(ctx context.Context, id string, proofs, public bool) (json.RawMessage, error) {
	record, err := m.record(ctx, id)
	if err != nil {
		return nil, err
	}
	file := record.File
	if proofs {
		if file, err = m.notary.Gather(ctx, file); err != nil {
			return nil, fmt.Errorf("gather proofs: %w", err)
		}
	}
	if public {
		file.Opening = nil
	}
	return file.Encode()
}

// Content implements operator.Operator.
func (m *Machine) Content(ctx context.Context, id string) (operator.Content, error) {
	record, err := m.record(ctx, id)
	if err != nil {
		return operator.Content{}, err
	}
	if record.Body == nil {
		return operator.Content{}, advice(errors.New("the content of "+id+" was not kept"), "set keep_content: true in the configuration to keep what is asked from then on")
	}
	return operator.Content{Endpoint: record.Endpoint, Request: record.Body, Answer: record.Answer}, nil
}

// Verify implements operator.Operator.
func (m *Machine) Verify(_ context.Context, raw, request, answer []byte) (operator.Verdict, error) {
	trust := m.trust()
	return Judge(raw, receipt.Held{Request: request, Answer: answer}, &trust), nil
}

// Judge verifies a receipt file, a bundle or a proved answer, whichever it is; a refusal is part of the verdict.
func Judge(raw []byte, held receipt.Held, trust *proof.Trust) operator.Verdict {
	if answer.Is(raw) {
		return JudgeAnswer(raw, "", 0)
	}
	v := operator.Verdict{Kind: "receipt"}
	var found verdict.Verdict
	var err error
	if verdict.IsBundle(raw) {
		v.Kind = "proof"
		found, err = verdict.VerifyBundle(raw, trust)
	} else {
		var file receipt.File
		if file, err = receipt.DecodeFile(raw); err == nil {
			found, err = verdict.Verify(file, held, trust)
			found.ID = string(file.Receipt.ID)
		}
	}
	v.ID, v.NotChecked = found.ID, found.NotChecked
	for _, f := range found.Findings {
		v.Verdicts = append(v.Verdicts, operator.Finding(f))
	}
	if err != nil {
		v.Refused = err.Error()
	}
	v.OK = err == nil
	return v
}
