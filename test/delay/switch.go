package delay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// packetMax is the device's MTU.
	packetMax = 1500
	// queueMax is the number of packets under way on a link, after which more are dropped.
	queueMax = 2048
)

// All as Link.Loss loses every packet.
const All = 1000

// Config says which machines to join.
type Config struct {
	Ports []Port
	Link  Link   // of every pair, at first
	Rate  string // of each machine's sending, as tc writes it, such as 100mbit
	Seed  uint64 // of jitter and loss
}

// Port is a machine: a namespace that exists and the address that it gets, all in one /24.
type Port struct {
	Namespace string
	Address   netip.Addr
}

// Link is one direction between two machines.
type Link struct {
	Delay  time.Duration
	Jitter time.Duration // at most this much more
	Loss   int           // packets of every thousand
}

// Counts are packets since the start.
type Counts struct{ Carried, Lost, Full, Cut uint64 }

// Switch carries packets until it is closed.
type Switch struct {
	ports   []*port
	byAddr  map[netip.Addr]int
	pairs   [][]*pair // from, to
	running sync.WaitGroup
	carried atomic.Uint64
	lost    atomic.Uint64
	full    atomic.Uint64
	cut     atomic.Uint64
	closing chan struct{}
}

// port is a device; device is a file that gives and takes whole packets.
type port struct{ device io.ReadWriteCloser }

// pair is a link's state and its queue.
type pair struct {
	mu     sync.Mutex
	link   Link
	cut    bool
	random *rand.Rand
	last   time.Time // when the packet before is due: order is kept
	queue  chan packet
}

type packet struct {
	due  time.Time
	data []byte
}

// New opens the devices and begins to carry.
func New(cfg Config) (*Switch, error) {
	s := &Switch{byAddr: map[netip.Addr]int{}, closing: make(chan struct{})}
	for i, p := range cfg.Ports {
		device, err := open(p, cfg.Rate)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.ports = append(s.ports, &port{device})
		s.byAddr[p.Address] = i
	}
	s.carry(cfg)
	return s, nil
}

// carry starts a reader for each device and a queue for each pair.
func (s *Switch) carry(cfg Config) {
	for from := range s.ports {
		row := make([]*pair, len(s.ports))
		for to := range s.ports {
			if from == to {
				continue
			}
			row[to] = &pair{
				link: cfg.Link, random: rand.New(rand.NewPCG(cfg.Seed, uint64(from)<<8|uint64(to))), queue: make(chan packet, queueMax),
			}
			s.running.Go(func() { s.deliver(row[to], s.ports[to]) })
		}
		s.pairs = append(s.pairs, row)
	}
	for from := range s.ports {
		s.running.Go(func() { s.read(from) })
	}
}

// Set changes one direction.
func (s *Switch) Set(from, to int, link Link) {
	p := s.pairs[from][to]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.link = link
}

// Cut parts the machines in group from the others, both ways.
func (s *Switch) Cut(group ...int) { s.part(true, group) }

// Heal joins all machines again.
func (s *Switch) Heal() { s.part(false, nil) }

func (s *Switch) part(cut bool, group []int) {
	in := map[int]bool{}
	for _, i := range group {
		in[i] = true
	}
	for from, row := range s.pairs {
		for to, p := range row {
			if p == nil || cut && in[from] == in[to] {
				continue
			}
			p.mu.Lock()
			p.cut = cut
			p.mu.Unlock()
		}
	}
}

// Counts tells what became of the packets.
func (s *Switch) Counts() Counts {
	return Counts{Carried: s.carried.Load(), Lost: s.lost.Load(), Full: s.full.Load(), Cut: s.cut.Load()}
}

// Close ends all; packets under way are lost.
func (s *Switch) Close() error {
	close(s.closing)
	errs := make([]error, 0, len(s.ports))
	for _, p := range s.ports {
		errs = append(errs, p.device.Close())
	}
	s.running.Wait()
	return errors.Join(errs...)
}

// read takes what a machine sends until the device closes.
func (s *Switch) read(from int) {
	buffer := make([]byte, packetMax)
	for {
		n, err := s.ports[from].device.Read(buffer)
		if err != nil {
			return
		}
		to, ok := s.target(buffer[:n])
		if !ok || to == from {
			continue
		}
		s.send(s.pairs[from][to], buffer[:n])
	}
}

// target is the machine that an IPv4 packet is for.
func (s *Switch) target(b []byte) (int, bool) {
	const version, headerMin, destination = 4, 20, 16
	if len(b) < headerMin || b[0]>>4 != version {
		return 0, false
	}
	var address [4]byte
	binary.BigEndian.PutUint32(address[:], binary.BigEndian.Uint32(b[destination:]))
	to, ok := s.byAddr[netip.AddrFrom4(address)]
	return to, ok
}

// send queues a packet, or drops it.
func (s *Switch) send(p *pair, b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.cut:
		s.cut.Add(1)
		return
	case p.link.Loss > 0 && p.random.IntN(All) < p.link.Loss:
		s.lost.Add(1)
		return
	}
	due := time.Now().Add(p.link.Delay)
	if p.link.Jitter > 0 {
		due = due.Add(time.Duration(p.random.Int64N(int64(p.link.Jitter))))
	}
	if due.Before(p.last) {
		due = p.last
	}
	select {
	case p.queue <- packet{due, append([]byte(nil), b...)}:
		p.last = due
	default:
		s.full.Add(1)
	}
}

// deliver hands packets on when they are due. What is under way when the link is cut is lost.
func (s *Switch) deliver(p *pair, to *port) {
	for {
		select {
		case <-s.closing:
			return
		case next := <-p.queue:
			if !s.sleep(time.Until(next.due)) {
				return
			}
			p.mu.Lock()
			cut := p.cut
			p.mu.Unlock()
			if cut {
				s.cut.Add(1)
				continue
			}
			if _, err := to.device.Write(next.data); err == nil {
				s.carried.Add(1)
			}
		}
	}
}

func (s *Switch) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.closing:
		return false
	case <-timer.C:
		return true
	}
}

// errDevice wraps what went wrong with a device.
func errDevice(p Port, err error) error {
	return fmt.Errorf("open a tunnel in %s: %w", p.Namespace, err)
}
