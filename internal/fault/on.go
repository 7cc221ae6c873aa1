//go:build fault

package fault

import (
	"fmt"
	"os"
	"sync"
	"syscall"
)

// On tells whether this build can die at a point.
const On = true

var (
	dieAt  = os.Getenv("TOCSIN_FAULT_AT")   // the point to die at: "before commit of events:PutEvents#1"
	passes = os.Getenv("TOCSIN_FAULT_LIST") // the file that gets a line per point passed

	mu    sync.Mutex
	count = map[string]int{}
)

// Point says that the process is before or after (when) something (what). Where that
// is the point to die at, the process ends here, by SIGKILL.
func Point(when, what string) {
	mu.Lock()
	defer mu.Unlock()
	name := when + " " + what
	count[name]++
	name = fmt.Sprintf("%s#%d", name, count[name])
	note(name)
	if name == dieAt {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // nothing is left to tell of its error
		select {}                                      // the others may run on until the signal is here: not this one
	}
}

func note(name string) {
	if passes == "" {
		return
	}
	f, err := os.OpenFile(passes, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, name); err != nil {
		panic(err)
	}
}
