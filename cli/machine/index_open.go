package machine

import (
	"context"
	"fmt"

	"ayni.example/index"
	"ayni.example/x/credit"
)

// openIndex opens the tables that history and usage are read from. The database need not be in reach yet.
func (m *Machine) openIndex(context.Context) error {
	address := m.config.Settings.Index
	if address == "" {
		address = m.config.Home.Index()
	}
	var err error
	m.index, err = index.New(index.Config{
		Database: address, Ledger: m.ledger.Client, Registry: m.node.App().Encoding.Registry, Denom: credit.Denom, Now: m.now, Logger: m.config.Log,
	})
	if err != nil {
		return advice(fmt.Errorf("open index: %w", err), "check `index` in the configuration; without it the index is a file of this home")
	}
	m.closers = append(m.closers, m.index)
	m.addReader("index", m.index.Run)
	return nil
}
