// Package ring keeps the newest entries of a log in a fixed amount of memory.
package ring

import "sync"

// Ring holds the newest entries. It is safe for use by several goroutines.
type Ring struct {
	mu      sync.Mutex
	entries []Entry
	start   int
	count   int
	bytes   int
	limit   int
}

// New makes a ring for so many entries and bytes.
func New(capacity int, limit int) *Ring {
	if capacity < 1 {
		capacity = 1
	}
	return &Ring{entries: make([]Entry, capacity), limit: limit}
}

// Append adds an entry, and drops the oldest ones that have no room beside it.
func (r *Ring) Append(e Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.count > 0 && (r.count == len(r.entries) || r.bytes+e.Size() > r.limit) {
		r.dropOldest()
	}
	r.entries[(r.start+r.count)%len(r.entries)] = e
	r.count++
	r.bytes += e.Size()
}

func (r *Ring) dropOldest() {
	r.bytes -= r.entries[r.start].Size()
	r.entries[r.start] = Entry{}
	r.start = (r.start + 1) % len(r.entries)
	r.count--
}

// Snapshot is a copy of all entries, oldest first.
func (r *Ring) Snapshot() []Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	copied := make([]Entry, 0, r.count)
	for i := 0; i < r.count; i++ {
		copied = append(copied, r.entries[(r.start+i)%len(r.entries)])
	}
	return copied
}

func (r *Ring) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}
