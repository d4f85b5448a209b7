package main

import (
	"os"
	"time"

	"example.org/ringlog/ring"
)

func main() {
	log := ring.New(64, 4096)
	for _, text := range os.Args[1:] {
		log.Append(ring.Entry{At: time.Now(), Level: ring.Info, Text: text})
	}
	if log.Len() == 0 {
		log.Append(ring.Entry{At: time.Now(), Level: ring.Warning, Text: "nothing was said"})
	}
	if err := ring.Dump(os.Stdout, log, ring.Filter{AtLeast: ring.Info}); err != nil {
		os.Exit(1)
	}
}
