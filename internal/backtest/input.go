package backtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/source/s3"
)

// ErrNotReached is wrapped if where the logs are could not be asked.
var ErrNotReached = errors.New("") // what it wraps says it all

// Inputs lists what there is at the paths: files, folders with all below,
// s3://bucket/prefix, and "-" for stdin. One that is named twice is read once.
// endpoint is where S3 is; empty means AWS or what the environment says.
func Inputs(ctx context.Context, paths []string, stdin io.Reader, endpoint string) ([]source.Input, error) {
	var all []source.Input
	seen := map[string]bool{}
	for _, path := range paths {
		var some []source.Input
		var err error
		switch {
		case path == "-":
			some = []source.Input{source.Stream("-", stdin)}
		case strings.HasPrefix(path, s3.Scheme):
			if some, err = s3.List(ctx, path, endpoint); err != nil && !errors.Is(err, s3.ErrAddress) {
				err = fmt.Errorf("%w%w", ErrNotReached, err)
			}
		default:
			some, err = source.Files(path)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, slices.DeleteFunc(some, func(in source.Input) bool {
			was := seen[in.Path]
			seen[in.Path] = true
			return was
		})...)
	}
	return all, nil
}

// Input is one file of logs.
type Input = source.Input
