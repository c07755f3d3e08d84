package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"ayni.example/zkml/onnx"
)

// rows reads rows of numbers: a .csv, a .json list (of lists), an ONNX tensor (.pb); "-" is CSV on standard input. Each row has
// a number at least.
func (a *app) rows(name string) ([][]float64, error) {
	raw, err := a.readFile(name)
	if err != nil {
		return nil, err
	}
	rows, err := parseRows(filepath.Ext(name), raw)
	if err == nil && (len(rows) == 0 || len(rows[0]) == 0) {
		err = errors.New("there is no row")
	}
	if err != nil {
		return nil, hint(fmt.Errorf("rows %s: %w", name, err), "want a .csv with numbers, a .json list of lists, or an ONNX tensor (.pb)")
	}
	return rows, nil
}

func parseRows(kind string, raw []byte) ([][]float64, error) {
	switch kind {
	case ".pb":
		_, x, err := onnx.ReadTensor(raw)
		if err != nil {
			return nil, err
		}
		return x.Rows()
	case ".json":
		var rows [][]float64
		if json.Unmarshal(raw, &rows) == nil {
			return rows, nil
		}
		var row []float64
		err := json.Unmarshal(raw, &row)
		return [][]float64{row}, err
	}
	return parseCSV(raw)
}

// parseCSV reads numbers; a first line that has something else is a heading.
func parseCSV(raw []byte) ([][]float64, error) {
	var rows [][]float64
	r := csv.NewReader(bytes.NewReader(raw))
	r.TrimLeadingSpace, r.Comment = true, '#'
	for line := 1; ; line++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		row := make([]float64, len(cells))
		for i, cell := range cells {
			if row[i], err = strconv.ParseFloat(cell, 64); err != nil {
				break
			}
		}
		switch {
		case err == nil:
			rows = append(rows, row)
		case line > 1:
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
}
