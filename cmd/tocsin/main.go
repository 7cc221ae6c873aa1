// Command tocsin is the incident responder for security events: the server, and
// the commands to run it, ask it and check rules without it. Its flags and exit
// codes are a contract that scripts rely on: 0 done, 1 the answer is no, 2 wrong
// use or input, 3 could not be done.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // rotations need zones, and not every machine has them

	"github.com/alecthomas/kong"

	"github.com/tocsin-io/tocsin/internal/server"
)

// version is set by the build.
var version = "dev"

type cli struct {
	Serve      serveCmd      `cmd:"" help:"Run the server."`
	Demo       demoCmd       `cmd:"" help:"Run a server with sample data and fire the sample scenarios."`
	Match      matchCmd      `cmd:"" help:"Tell which events an event pattern matches."`
	Backtest   backtestCmd   `cmd:"" help:"Tell what rules would have matched in logs of the past."`
	Simulate   simulateCmd   `cmd:"" help:"Tell who would be paged when, and why."`
	Oncall     onCallCmd     `cmd:"" help:"Tell who is on call, and who next."`
	Doctor     doctorCmd     `cmd:"" help:"Tell what would fail at three in the morning."`
	Lint       lintCmd       `cmd:"" help:"Look for mistakes in event patterns and rules."`
	Rules      rulesCmd      `cmd:"" help:"List, show and install ready-made rules for security events."`
	Outbox     outboxCmd     `cmd:"" help:"List the messages that no provider could take."`
	Key        keyCmd        `cmd:"" help:"Make, list and remove access keys."`
	SignInLink signInLinkCmd `cmd:"" name:"sign-in-link" help:"Print a one-time link to sign in to the console."`
	Backup     backupCmd     `cmd:"" help:"Write all data to a file, while the server runs."`
	Restore    restoreCmd    `cmd:"" help:"Fill an empty database from a backup."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// streams are the process's own, or a test's.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run is the whole program; it gives the exit code.
func run(args []string, std streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	var c cli
	exited := -1
	k, err := kong.New(&c, kong.Name("tocsin"), kong.Description("Self-hosted incident responder for security events."),
		kong.Writers(std.out, std.err), kong.Exit(func(code int) { exited = code }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}), kong.Configuration(yamlConfig),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(std))
	if err != nil {
		fmt.Fprintln(std.err, "tocsin:", err)
		return exitFailed
	}
	parsed, err := k.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintf(std.err, "tocsin: %v; see tocsin --help\n", err)
		return exitWrong
	}
	return report(std, parsed.Run())
}

// report turns a command's error into its exit code and one line on stderr.
func report(std streams, err error) int {
	var e *exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		if e.message != "" {
			fmt.Fprintln(std.err, "tocsin:", e.message)
		}
		return e.code
	case errors.Is(err, server.ErrUse):
		fmt.Fprintln(std.err, "tocsin:", err)
		return exitWrong
	}
	fmt.Fprintln(std.err, "tocsin:", err)
	return exitFailed
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(std streams) error {
	_, err := fmt.Fprintln(std.out, "tocsin", version)
	return err
}
