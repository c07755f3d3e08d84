package chain_test

import (
	"context"
	"fmt"
	"strings"

	"ayni.example/client"
)

// spammer has accounts and as much money as it wants; what is refused it mends and sends again.
type spammer struct {
	*siege
	first     int
	sequences []uint64
	offer     int64
}

const spammerAccounts = 25

func (s *siege) spammer(n int) *spammer {
	return &spammer{siege: s, first: 10 + n*spammerAccounts, sequences: make([]uint64, spammerAccounts), offer: 2 * price}
}

func (p *spammer) send(ctx context.Context, i int, change func(*client.Order)) error {
	order := p.order(p.first+i, p.sequences[i], 120_000, p.offer)
	if change != nil {
		change(&order)
	}
	raw, err := order.Sign(p.Keys[p.first+i])
	if err != nil {
		return err
	}
	result := p.broadcast(ctx, raw)
	var want, got uint64
	switch at := strings.Index(result.Log, "expected "); {
	case result.Code == 0:
		p.sequences[i]++
	case strings.Contains(result.Log, "insufficient fee"):
		p.offer = p.offer * 5 / 4
	case at >= 0:
		if n, _ := fmt.Sscanf(result.Log[at:], "expected %d, got %d", &want, &got); n == 2 {
			p.sequences[i] = want
		}
	}
	return nil
}

// eachAccount sends one transaction of each account.
func (p *spammer) eachAccount(change func(*client.Order)) func() error {
	return func() error {
		for i := range p.sequences {
			if err := p.send(context.Background(), i, change); err != nil {
				return err
			}
		}
		return nil
	}
}
