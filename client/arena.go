package client

import (
	"context"
	"fmt"

	"ayni.example/x/arena"
)

// Arena is an arena with its rules.
func (c *Client) Arena(ctx context.Context, id []byte) (arena.Arena, error) {
	answer, err := c.arenas().Arena(ctx, &arena.QueryArenaRequest{Id: id})
	if err != nil {
		return arena.Arena{}, fmt.Errorf("arena %x: %w", id, err)
	}
	return answer.Arena, nil
}

// ArenaScoreboard lists the seated members of an arena with what the last epochs found of them.
func (c *Client) ArenaScoreboard(ctx context.Context, id []byte) ([]arena.Row, error) {
	answer, err := c.arenas().Scoreboard(ctx, &arena.QueryScoreboardRequest{Arena: id})
	if err != nil {
		return nil, fmt.Errorf("scoreboard of arena %x: %w", id, err)
	}
	return answer.Rows, nil
}

func (c *Client) arenas() arena.QueryClient { return arena.NewQueryClient(c.conn) }
