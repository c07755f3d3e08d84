package keeper

import (
	"context"

	"ayni.example/x/compute"
	"ayni.example/x/internal/gas"
)

const (
	// orderGas is what an order pays for beforehand: its match, and the end of a lease.
	orderGas = matchGas + 200_000
	// offerGas is the flat price of a bid, whatever becomes of it, so that what a provider offers in gas does not hang on the
	// others. A lease given away at once costs more, a place in the book less.
	offerGas = 40_000
)

type msgServer struct{ *Keeper }

// NewMsgServer answers the module's messages.
func NewMsgServer(k *Keeper) compute.MsgServer { return msgServer{k} }

// at does a message's work at a desk.
func (s msgServer) at(ctx context.Context, work func(*desk) error) error {
	d, err := s.desk(ctx)
	if err != nil {
		return err
	}
	if err := work(d); err != nil {
		return err
	}
	return d.close()
}

// Announce is for a provider.
func (s msgServer) Announce(ctx context.Context, msg *compute.MsgAnnounce) (*compute.MsgAnnounceResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &compute.MsgAnnounceResponse{}, s.at(ctx, func(d *desk) error { return d.announce(msg) })
}

// PlaceOrder is for anyone, from own money.
func (s msgServer) PlaceOrder(ctx context.Context, msg *compute.MsgPlaceOrder) (*compute.MsgPlaceOrderResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	_ = gas.Flat(ctx, orderGas, "match and end of a lease")
	var id []byte
	err := s.at(ctx, func(d *desk) error {
		o, err := d.place(msg)
		id = o.ID
		return err
	})
	return &compute.MsgPlaceOrderResponse{Order: id}, err
}

// Deposit is for anyone, from own money.
func (s msgServer) Deposit(ctx context.Context, msg *compute.MsgDeposit) (*compute.MsgDepositResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &compute.MsgDepositResponse{}, s.at(ctx, func(d *desk) error { return d.deposit(msg) })
}

// Bids is for a provider that serves.
func (s msgServer) Bids(ctx context.Context, msg *compute.MsgBids) (*compute.MsgBidsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	var answers []compute.Answer
	err := s.at(gas.Flat(ctx, offerGas*uint64(len(msg.Offers)), "bids"), func(d *desk) (err error) {
		answers, err = d.bids(msg)
		return err
	})
	return &compute.MsgBidsResponse{Answers: answers}, err
}

// Decline is for a provider that serves.
func (s msgServer) Decline(ctx context.Context, msg *compute.MsgDecline) (*compute.MsgDeclineResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &compute.MsgDeclineResponse{}, s.at(ctx, func(d *desk) error { return d.decline(msg) })
}

// Choose is for the tenant.
func (s msgServer) Choose(ctx context.Context, msg *compute.MsgChoose) (*compute.MsgChooseResponse, error) {
	var lease []byte
	err := s.at(ctx, func(d *desk) (err error) {
		lease, err = d.choose(msg)
		return err
	})
	return &compute.MsgChooseResponse{Lease: lease}, err
}

// Start is for the provider.
func (s msgServer) Start(ctx context.Context, msg *compute.MsgStart) (*compute.MsgStartResponse, error) {
	return &compute.MsgStartResponse{}, s.at(ctx, func(d *desk) error { return d.start(msg) })
}

// Settle is for the provider.
func (s msgServer) Settle(ctx context.Context, msg *compute.MsgSettle) (*compute.MsgSettleResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	var settled []compute.Settled
	err := s.at(ctx, func(d *desk) (err error) {
		settled, err = d.settle(msg)
		return err
	})
	return &compute.MsgSettleResponse{Settled: settled}, err
}

// Deliver is for the provider.
func (s msgServer) Deliver(ctx context.Context, msg *compute.MsgDeliver) (*compute.MsgDeliverResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &compute.MsgDeliverResponse{}, s.at(ctx, func(d *desk) error { return d.deliver(msg) })
}

// Approve is for the tenant.
func (s msgServer) Approve(ctx context.Context, msg *compute.MsgApprove) (*compute.MsgApproveResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &compute.MsgApproveResponse{}, s.at(ctx, func(d *desk) error { return d.approve(msg) })
}

// Reject is for the tenant.
func (s msgServer) Reject(ctx context.Context, msg *compute.MsgReject) (*compute.MsgRejectResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &compute.MsgRejectResponse{}, s.at(ctx, func(d *desk) error { return d.reject(msg) })
}

// Commit is for the provider.
func (s msgServer) Commit(ctx context.Context, msg *compute.MsgCommit) (*compute.MsgCommitResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &compute.MsgCommitResponse{}, s.at(ctx, func(d *desk) error { return d.commit(msg) })
}

// Reclaim is for the provider.
func (s msgServer) Reclaim(ctx context.Context, msg *compute.MsgReclaim) (*compute.MsgReclaimResponse, error) {
	return &compute.MsgReclaimResponse{}, s.at(ctx, func(d *desk) error { return d.reclaim(msg) })
}

// CloseLease is for the provider and the tenant.
func (s msgServer) CloseLease(ctx context.Context, msg *compute.MsgCloseLease) (*compute.MsgCloseLeaseResponse, error) {
	return &compute.MsgCloseLeaseResponse{}, s.at(ctx, func(d *desk) error { return d.closeLease(msg) })
}

// CloseOrder is for the tenant.
func (s msgServer) CloseOrder(ctx context.Context, msg *compute.MsgCloseOrder) (*compute.MsgCloseOrderResponse, error) {
	return &compute.MsgCloseOrderResponse{}, s.at(ctx, func(d *desk) error { return d.closeOrder(msg) })
}

// UpdateParams is for the council.
func (s msgServer) UpdateParams(ctx context.Context, msg *compute.MsgUpdateParams) (*compute.MsgUpdateParamsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	_, sender, err := s.address("authority", msg.Authority)
	if err != nil {
		return nil, err
	}
	if sender != s.authority {
		return nil, compute.ErrUnauthorised.Wrapf("%s is not the council", sender)
	}
	return &compute.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}
