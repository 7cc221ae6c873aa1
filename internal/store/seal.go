package store

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

const (
	keySize   = 32
	keyIDSize = 4
	checkRow  = "key-check"
)

// sealer encrypts with AES-256-GCM. A sealed value is the key's id (4 bytes),
// the nonce (12) and the ciphertext with its tag; the row's id is additional
// data, so that a value cannot be moved to another row.
type sealer struct {
	id   []byte
	aead cipher.AEAD
	key  []byte
}

func newSealer(key []byte) (*sealer, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	sum := sha256.Sum256(append([]byte("tocsin key id"), key...))
	return &sealer{id: sum[:keyIDSize], aead: aead, key: key}, nil
}

func (s *sealer) seal(row string, plain []byte) []byte {
	out := make([]byte, keyIDSize+s.aead.NonceSize(), keyIDSize+s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	copy(out, s.id)
	rand.Read(out[keyIDSize:])
	return s.aead.Seal(out, out[keyIDSize:], plain, []byte(row))
}

func (s *sealer) open(row string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	head := keyIDSize + s.aead.NonceSize()
	if len(sealed) < head || !bytes.Equal(sealed[:keyIDSize], s.id) {
		return nil, ErrWrongKey
	}
	plain, err := s.aead.Open(nil, sealed[keyIDSize:head], sealed[head:], []byte(row))
	if err != nil {
		return nil, fmt.Errorf("unseal: %w", ErrWrongKey)
	}
	return plain, nil
}

// DeriveKey gives a key for another purpose (paging tokens, signed links) that
// follows from the data key and tells nothing about it.
func (db *DB) DeriveKey(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, db.sealer.key, nil, "tocsin "+purpose, keySize)
	if err != nil { // only for impossible lengths
		panic(err)
	}
	return key
}

// loadKey reads the key file, or makes one in the data folder on first use.
func loadKey(o Options) (*sealer, error) {
	file := o.KeyFile
	if file == "" {
		if o.Dir == "" {
			return nil, ErrNoKey
		}
		file = filepath.Join(o.Dir, "key")
	}
	if o.Dir != "" {
		if err := ensureDir(o.Dir); err != nil {
			return nil, err
		}
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) && o.KeyFile == "" {
		b, err = makeKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if text, err := hex.DecodeString(string(bytes.TrimSpace(b))); err == nil && len(text) == keySize {
		b = text
	}
	if len(b) != keySize {
		return nil, fmt.Errorf("key file %s: want %d bytes, raw or in hex, not %d", file, keySize, len(b))
	}
	return newSealer(b)
}

// makeKey writes a new key so that it is on disk before anything is sealed with it.
func makeKey(file string) ([]byte, error) {
	b := make([]byte, keySize)
	rand.Read(b)
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	defer f.Close()
	if _, err := f.WriteString(hex.EncodeToString(b) + "\n"); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	if err := f.Sync(); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return b, nil
}

// checkKey compares the key with the one the data was first sealed with.
func (db *DB) checkKey(ctx context.Context) error {
	return db.Update(ctx, Who{}, func(tx *Tx) error {
		sealed, err := tx.q.GetSetting(tx.ctx, checkRow)
		if none(err) {
			err := tx.q.PutSetting(tx.ctx, sqldb.PutSettingParams{Name: checkRow, Value: tx.Seal(checkRow, []byte(checkRow))})
			if err != nil {
				return fmt.Errorf("write key check: %w", err)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("read key check: %w", err)
		}
		_, err = tx.Unseal(checkRow, sealed)
		return err
	})
}
