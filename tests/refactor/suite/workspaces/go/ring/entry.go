package ring

import (
	"fmt"
	"time"
)

// Level says how much an entry matters.
type Level int

// The levels, least first.
const (
	Debug Level = iota
	Info
	Warning
	Failure
)

func (l Level) String() string {
	switch l {
	case Debug:
		return "debug"
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Failure:
		return "failure"
	}
	return fmt.Sprintf("level %d", int(l))
}

// Entry is one line of the log.
type Entry struct {
	At    time.Time
	Level Level
	Text  string
	Attrs map[string]string
}

// Size is about how many bytes an entry takes.
func (e Entry) Size() int {
	size := len(e.Text) + 32
	for key, value := range e.Attrs {
		size += len(key) + len(value)
	}
	return size
}
