package keeper_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"ayni.example/x/schedule"
)

// model foretells the schedule by looking at every item in every block: no queues, no states in between.
type model struct {
	params schedule.Params
	items  map[string]*modelItem // by kind and name
	// The clock, as a list of the block times at which it was noted.
	pulses             []int64
	gapStart, gapEnd   int64
	graceEnd           int64
	paid, height, time int64
}

type modelItem struct {
	kind, name      string
	height, time    int64
	blocks, seconds int64
	failures        int
	waited          bool // its height was reached and it was seen
	attempts        int
	forPeople       bool
}

func (m *model) key(kind, name string) string { return kind + "|" + name }

func (m *model) schedule(kind, name string, p schedule.Plan) {
	i := &modelItem{
		kind: kind, name: name, height: max(p.Height, m.height+1), time: p.Time, blocks: int64(p.EveryBlocks),
		seconds: int64(p.EverySeconds), attempts: 3,
	}
	if kind == "test/human" {
		i.attempts, i.forPeople = 1, true
	}
	if i.seconds > 0 && i.time == 0 {
		i.time = m.time
	}
	m.items[m.key(kind, name)] = i
}

// sorted lists the items that pass, by what at says, then kind, then name.
func (m *model) sorted(pass func(*modelItem) bool, at func(*modelItem) int64) []*modelItem {
	var list []*modelItem
	for _, i := range m.items {
		if pass(i) {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b *modelItem) int {
		return cmp.Or(cmp.Compare(at(a), at(b)), strings.Compare(a.kind, b.kind), strings.Compare(a.name, b.name))
	})
	return list[:min(len(list), int(m.params.ItemsMax))]
}

// block foretells what a block's end tells. Gas bounds are left out: the simulation's parameters leave room.
func (m *model) block(d time.Duration) []string {
	m.height++
	m.time += int64(d / time.Second)
	m.tick()
	for _, i := range m.sorted(func(i *modelItem) bool { return !i.waited && i.height <= m.height },
		func(i *modelItem) int64 { return i.height }) {
		i.waited = true
	}
	var told []string
	due := m.sorted(func(i *modelItem) bool { return i.waited && i.time <= m.time },
		func(i *modelItem) int64 { return i.time })
	at := map[*modelItem]int64{}
	for _, i := range due {
		at[i] = i.time
	}
	for _, i := range due {
		if m.items[m.key(i.kind, i.name)] != i || !i.waited || i.time != at[i] {
			continue
		}
		if i.forPeople && i.blocks+i.seconds == 0 && m.time < m.graceEnd && i.time > m.gapStart {
			whole := m.gapEnd - m.gapStart
			into := min(i.time, m.gapEnd) - m.gapStart
			i.time = m.graceEnd + into/whole*int64(m.params.SpreadSeconds) + into%whole*int64(m.params.SpreadSeconds)/whole
			told = append(told, "postponed "+i.name)
			continue
		}
		told = append(told, m.run(i))
	}
	if len(m.items) == 0 {
		m.pulses, m.gapStart, m.gapEnd, m.graceEnd = nil, 0, 0, 0
	}
	return told
}

func (m *model) tick() {
	if len(m.pulses) == 0 {
		m.pulses = append(m.pulses, m.time)
		return
	}
	last := m.pulses[len(m.pulses)-1]
	switch {
	case m.time-last > int64(m.params.GapSeconds):
		if m.graceEnd <= last {
			m.gapStart = last
		}
		m.gapEnd, m.graceEnd = m.time, m.time+int64(m.params.GraceSeconds)
		m.pulses = append(m.pulses, m.time)
	case m.time-last >= int64(m.params.PulseSeconds):
		m.pulses = append(m.pulses, m.time)
	}
}

// run foretells one item, by its name's first word.
func (m *model) run(i *modelItem) string {
	key := m.key(i.kind, i.name)
	recurs := i.blocks+i.seconds > 0
	delete(m.items, key)
	before := maps.Clone(m.items)
	if recurs {
		next := *i
		next.waited, next.failures = false, 0
		for first := true; first || next.blocks > 0 && next.height <= m.height; first = false {
			next.height += next.blocks
		}
		next.height = max(next.height, m.height+1)
		for next.seconds > 0 && next.time <= m.time {
			next.time += next.seconds
		}
		m.items[key] = &next
		before[key] = &next
	}
	if m.works(i) {
		m.paid++
		return "ran " + i.name
	}
	m.items = before
	i.failures++
	if recurs {
		m.items[key].failures = i.failures
		return "failed " + i.name
	}
	if i.failures >= i.attempts {
		return "dropped " + i.name
	}
	again := *i
	again.waited, again.height, again.time = false, m.height+1, m.time+int64(m.params.RetrySeconds)<<(i.failures-1)
	m.items[key] = &again
	return "failed " + i.name
}

// works tells whether the item's work succeeds, and does it.
func (m *model) works(i *modelItem) bool {
	word, rest, _ := strings.Cut(i.name, " ")
	key := m.key(i.kind, rest)
	_, known := m.items[key]
	switch word {
	case "fail", "refuse", "panic", "burn":
		return false
	case "again":
		if _, there := m.items[m.key(i.kind, i.name)]; there {
			return false
		}
		m.schedule(i.kind, i.name, schedule.Plan{})
	case "child":
		if known || rest == "" {
			return false
		}
		m.schedule(i.kind, rest, schedule.Plan{})
	case "cancel":
		delete(m.items, key)
		return known
	case "once":
		_, there := m.items[m.key(i.kind, i.name)]
		delete(m.items, m.key(i.kind, i.name))
		return there
	case "later":
		if known {
			m.schedule(i.kind, rest, schedule.Plan{Height: 1_000})
		}
		return known
	}
	return true
}
