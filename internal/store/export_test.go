package store

import (
	"encoding/hex"
)

// Key is the data key, for tests that open the same data elsewhere.
func (db *DB) Key() string { return hex.EncodeToString(db.sealer.key) }
