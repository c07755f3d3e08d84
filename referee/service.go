package referee

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/tensor/trace"
	"ayni.example/x/referee"
)

// Ledger is what the service reads and sends.
type Ledger interface {
	Duties(ctx context.Context, address string, role referee.Role) ([]referee.QueryClaimResponse, error)
	Job(ctx context.Context, digest []byte) (trace.Job, error)
	Submit(ctx context.Context, msgs ...sdk.Msg) (client.TxResult, error)
	WatchBlocks(ctx context.Context) <-chan client.Block
}

// ErrState means that nobody hands over the state before a claim.
var ErrState = errors.New("the state before the claim is nowhere to be had")

// Work finds what a claim's steps are computed from.
type Work interface {
	// Book opens the book of a claim: it brings plan and state before here, and checks both against the job and the claim's root. It
	// fails with ErrState where it is the state that is missing.
	Book(ctx context.Context, c referee.Claim, job trace.Job) (Book, error)
}

// Config is what a Service needs.
type Config struct {
	Ledger  Ledger
	Address string // whose roles it plays
	Work    Work
	Pick    func(n int) int // a random number below n: which tile of a withheld state is asked for
	Logger  *slog.Logger
	AtOnce  int // claims that are computed at once in each role; 0: 1
}

// Service plays an account's part in disputes.
type Service struct {
	cfg Config
	// tasks has a place for each claim that is computed, by role: who waits for what others hand over for an audit still defends itself.
	tasks map[referee.Role]chan struct{}

	mu    sync.Mutex
	busy  map[string]bool  // claims that are worked on
	books map[string]*open // only to be faster: each can be opened again
}

type open struct {
	book    Book
	program *trace.Program
}

// New returns a service.
func New(cfg Config) (*Service, error) {
	switch {
	case cfg.Ledger == nil || cfg.Work == nil || cfg.Logger == nil || cfg.Pick == nil:
		return nil, errors.New("referee: it needs a ledger, work, a source of random numbers and a logger")
	case cfg.Address == "":
		return nil, errors.New("referee: it needs an account")
	case cfg.AtOnce < 0:
		return nil, fmt.Errorf("referee: %d claims at once", cfg.AtOnce)
	}
	s := &Service{cfg: cfg, tasks: map[referee.Role]chan struct{}{}, busy: map[string]bool{}, books: map[string]*open{}}
	for _, role := range roles() {
		s.tasks[role] = make(chan struct{}, max(1, cfg.AtOnce))
	}
	return s, nil
}

// Run does what is due after each block, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	var working sync.WaitGroup
	defer working.Wait()
	for range s.cfg.Ledger.WatchBlocks(ctx) {
		duties, err := s.duties(ctx)
		if err != nil {
			s.cfg.Logger.Warn("claims cannot be read", "error", err)
			continue
		}
		for _, d := range duties {
			if !s.begin(d) {
				continue
			}
			working.Go(func() {
				defer s.end(d)
				select {
				case s.tasks[d.role] <- struct{}{}:
					defer func() { <-s.tasks[d.role] }()
					s.do(ctx, d)
				case <-ctx.Done():
				}
			})
		}
	}
	return nil
}

// Step does all that is due now, one after the other.
func (s *Service) Step(ctx context.Context) error {
	duties, err := s.duties(ctx)
	if err != nil {
		return err
	}
	for _, d := range duties {
		s.do(ctx, d)
	}
	return nil
}

// duty is something that an account has to do about a claim.
type duty struct {
	id      string
	role    referee.Role
	claim   referee.Claim
	dispute *referee.Dispute
}

func roles() []referee.Role {
	return []referee.Role{referee.RoleDefender, referee.RoleChallenger, referee.RoleAuditor}
}

// duties reads what is due, and forgets the books of claims that have ended.
func (s *Service) duties(ctx context.Context) ([]duty, error) {
	var list []duty
	open := map[string]bool{}
	for _, role := range roles() {
		claims, err := s.cfg.Ledger.Duties(ctx, s.cfg.Address, role)
		if err != nil {
			return nil, err
		}
		for _, c := range claims {
			d := duty{id: string(c.Claim.ID()), role: role, claim: c.Claim, dispute: c.Dispute}
			open[d.id] = true
			if s.due(d) {
				list = append(list, d)
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.books {
		if !open[id] {
			delete(s.books, id)
		}
	}
	return list, nil
}

// due tells whether anything is to be done.
func (s *Service) due(d duty) bool {
	switch d.role {
	case referee.RoleDefender:
		return len(d.claim.Questions) > 0 || d.dispute != nil && d.dispute.Defending()
	case referee.RoleChallenger:
		return d.dispute != nil && d.dispute.Challenger == s.cfg.Address && !d.dispute.Defending()
	default:
		return d.claim.Audits(s.cfg.Address)
	}
}

// do works on one duty. Whatever fails is tried again after the next block, as long as there is time.
func (s *Service) do(ctx context.Context, d duty) {
	var err error
	switch d.role {
	case referee.RoleDefender:
		err = s.defend(ctx, d)
	case referee.RoleChallenger:
		err = s.challenge(ctx, d)
	default:
		err = s.audit(ctx, d)
	}
	if err != nil && ctx.Err() == nil {
		s.cfg.Logger.Warn("a dispute waits for this machine", "claim", hex.EncodeToString([]byte(d.id)), "error", err)
	}
}

// begin takes a claim to work on, unless it is being worked on.
func (s *Service) begin(d duty) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[d.id] {
		return false
	}
	s.busy[d.id] = true
	return true
}

func (s *Service) end(d duty) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, d.id)
}

// open gives the book of a claim.
func (s *Service) open(ctx context.Context, d duty) (*open, error) {
	s.mu.Lock()
	known := s.books[d.id]
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	job, err := s.cfg.Ledger.Job(ctx, d.claim.Job)
	if err != nil {
		return nil, err
	}
	program, err := trace.NewProgram(job.Shape)
	if err != nil {
		return nil, err
	}
	book, err := s.cfg.Work.Book(ctx, d.claim, job)
	if err != nil {
		return nil, err
	}
	o := &open{book, program}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.books[d.id] = o
	return o, nil
}
