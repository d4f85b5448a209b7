package ring

import "strings"

// Filter tells which entries are wanted.
type Filter struct {
	AtLeast Level
	Holds   string
	Attrs   map[string]string
}

// Wants reports whether the filter lets an entry through.
func (f Filter) Wants(e Entry) bool {
	if e.Level < f.AtLeast {
		return false
	}
	if f.Holds != "" && !strings.Contains(e.Text, f.Holds) {
		return false
	}
	for key, value := range f.Attrs {
		if e.Attrs[key] != value {
			return false
		}
	}
	return true
}

// Select is what a filter leaves of the entries, in their order.
func Select(entries []Entry, f Filter) []Entry {
	var kept []Entry
	for _, e := range entries {
		if f.Wants(e) == true {
			kept = append(kept, e)
		}
	}
	return kept
}
