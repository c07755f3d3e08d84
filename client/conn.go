package client

import (
	"context"
	"errors"
	"fmt"

	rpcclient "github.com/cometbft/cometbft/rpc/client"
	"google.golang.org/grpc"

	gogoproto "github.com/cosmos/gogoproto/proto"
)

// conn carries the modules' gRPC queries over ABCI queries, so that generated query clients work on any RPC.
type conn struct{ rpc rpcclient.ABCIClient }

var _ grpc.ClientConnInterface = conn{}

// Invoke asks the latest state.
func (c conn) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	request, ok := args.(gogoproto.Message)
	if !ok {
		return fmt.Errorf("query %s: request %T is no message", method, args)
	}
	answer, ok := reply.(gogoproto.Message)
	if !ok {
		return fmt.Errorf("query %s: answer %T is no message", method, reply)
	}
	raw, err := gogoproto.Marshal(request)
	if err != nil {
		return fmt.Errorf("query %s: %w", method, err)
	}
	value, err := c.query(ctx, method, raw)
	if err != nil {
		return err
	}
	if err := gogoproto.Unmarshal(value, answer); err != nil {
		return fmt.Errorf("query %s: %w", method, err)
	}
	return nil
}

// NewStream is not offered by any module.
func (conn) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("the ledger has no streaming queries")
}

func (c conn) query(ctx context.Context, path string, data []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	result, err := c.rpc.ABCIQueryWithOptions(ctx, path, data, rpcclient.ABCIQueryOptions{})
	if err != nil {
		return nil, unreachable("query "+path, err)
	}
	if err := rejected(result.Response.Codespace, result.Response.Code, result.Response.Log); err != nil {
		return nil, fmt.Errorf("query %s: %w", path, err)
	}
	return result.Response.Value, nil
}
