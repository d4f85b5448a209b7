package ring

import (
	"io"
	"sort"
	"strings"
)

// Format writes one entry as a line of text.
func Format(e Entry) string {
	var b strings.Builder
	b.WriteString(e.At.UTC().Format("15:04:05.000"))
	b.WriteString(" ")
	b.WriteString(e.Level.String())
	b.WriteString(" ")
	b.WriteString(e.Text)
	keys := make([]string, 0, len(e.Attrs))
	for key := range e.Attrs {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		b.WriteString(" " + key + "=" + e.Attrs[key])
	}
	return b.String()
}

// Dump writes all entries that a filter lets through, one a line.
func Dump(w io.Writer, r *Ring, f Filter) error {
	for _, e := range Select(r.Snapshot(), f) {
		if _, err := io.WriteString(w, Format(e)+"\n"); err != nil {
			return err
		}
	}
	return nil
}
