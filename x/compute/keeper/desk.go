package keeper

import (
	"context"
	"errors"
	"slices"
	"strings"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/compute"
	"ayni.example/x/credit"
	"ayni.example/x/internal/gas"
	"ayni.example/x/schedule"
)

// desk is the work of one message, or of one scheduled item: hosts and payments are read and written once, however many leases
// are touched.
type desk struct {
	*Keeper
	ctx    sdk.Context
	params compute.Params
	height int64
	now    int64
	hosts  map[string]*host
	owed   map[string]math.Int // accounts' bytes
}

// host is a provider on a desk; gone where there is none.
type host struct {
	compute.Host
	address []byte
	serves  bool
	gone    bool
}

func (k *Keeper) desk(ctx context.Context) (*desk, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	block := sdk.UnwrapSDKContext(ctx)
	return &desk{
		Keeper: k, ctx: block, params: params, height: block.BlockHeight(), now: block.BlockTime().Unix(),
		hosts: map[string]*host{}, owed: map[string]math.Int{},
	}, nil
}

// host is a provider's entry, to be changed in place.
func (d *desk) host(address []byte) (*host, error) {
	if h := d.hosts[string(address)]; h != nil {
		return h, nil
	}
	entry, err := d.Hosts.Get(d.ctx, address)
	gone := errors.Is(err, collections.ErrNotFound)
	if err != nil && !gone {
		return nil, err
	}
	p, err := d.providers.Provider(d.ctx, address)
	h := &host{Host: entry, address: slices.Clone(address), serves: err == nil && p.Serves(), gone: gone}
	d.hosts[string(address)] = h
	return h, nil
}

// hostOf is host for the text of an address that the state holds.
func (d *desk) hostOf(text string) (*host, error) {
	address, _, err := d.address("provider", text)
	if err != nil {
		return nil, err
	}
	return d.host(address)
}

// owe has an account paid when the desk closes.
func (d *desk) owe(address []byte, amount math.Int) {
	if was, ok := d.owed[string(address)]; ok {
		amount = amount.Add(was)
	}
	d.owed[string(address)] = amount
}

// oweTo is owe for the text of an address that the state holds.
func (d *desk) oweTo(text string, amount math.Int) error {
	address, _, err := d.address("account", text)
	if err == nil {
		d.owe(address, amount)
	}
	return err
}

// close writes hosts and pays, in the order of addresses.
func (d *desk) close() error {
	for _, address := range sorted(d.hosts) {
		h := d.hosts[address]
		if h.gone {
			continue
		}
		if err := d.Hosts.Set(d.ctx, h.address, h.Host); err != nil {
			return err
		}
	}
	for _, address := range sorted(d.owed) {
		if amount := d.owed[address]; amount.IsPositive() {
			if err := d.bank.SendCoinsFromModuleToAccount(d.ctx, compute.ModuleName, []byte(address), credit.Coins(amount)); err != nil {
				return err
			}
		}
	}
	return nil
}

// plan schedules work, in place of what is scheduled under the name.
func (d *desk) plan(kind string, name []byte, plan schedule.Plan) error {
	ctx := gas.Paid(d.ctx) // who opens an order has paid for this
	if err := d.schedule.Cancel(ctx, kind, name); err != nil && !errors.Is(err, schedule.ErrNotFound) {
		return err
	}
	return d.schedule.Schedule(ctx, kind, name, plan)
}

func (d *desk) emit(event interface {
	Reset()
	String() string
	ProtoMessage()
},
) error {
	return d.ctx.EventManager().EmitTypedEvent(event)
}

// take locks an account's money.
func (d *desk) take(from []byte, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	return d.bank.SendCoinsFromAccountToModule(d.ctx, from, compute.ModuleName, credit.Coins(amount))
}

// found makes our own error of one that says that something is not there.
func found(err error, what string, id []byte) error {
	if errors.Is(err, collections.ErrNotFound) {
		return compute.ErrNotFound.Wrapf("%s %x", what, id)
	}
	return err
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
