package yuma

import "encoding/binary"

const cellBytes = 4

// DecodeReport reads a row of weights: pairs of a slot and a weight, 16 bits each, big-endian, slots ascending and below slots.
func DecodeReport(report []byte, slots int) ([]Cell, error) {
	if len(report)%cellBytes != 0 {
		return nil, errorf(ErrReport, "%d bytes are no whole number of weights of %d bytes", len(report), cellBytes)
	}
	if n := len(report) / cellBytes; n > slots {
		return nil, errorf(ErrReport, "%d weights for %d slots", n, slots)
	}
	row := make([]Cell, 0, len(report)/cellBytes)
	for b := report; len(b) > 0; b = b[cellBytes:] {
		row = append(row, Cell{UID: binary.BigEndian.Uint16(b), Value: binary.BigEndian.Uint16(b[2:])})
	}
	if err := checkRow(row, slots); err != nil {
		return nil, errorf(ErrReport, "%s", err)
	}
	return row, nil
}

// EncodeReport is a row of weights as DecodeReport reads it.
func EncodeReport(row []Cell) []byte {
	report := make([]byte, 0, cellBytes*len(row))
	for _, c := range row {
		report = binary.BigEndian.AppendUint16(report, c.UID)
		report = binary.BigEndian.AppendUint16(report, c.Value)
	}
	return report
}
