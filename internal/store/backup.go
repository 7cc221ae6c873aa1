package store

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A backup is lines of JSON: a header, then each table's name with its columns
// followed by its rows as arrays. It is the same for both databases, so one may
// be restored into the other. Secrets stay sealed.

// backupFormat names the format; a reader refuses another.
const backupFormat = "tocsin-backup-1"

// ErrNotEmpty says that a backup was to be restored over data.
var ErrNotEmpty = errors.New("the database holds data already: restore needs an empty one")

type backupHeader struct {
	Format string `json:"format"`
	Time   string `json:"time"`
}

type backupTable struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// sealedValue is how bytes stand in a row.
type sealedValue struct {
	Bytes string `json:"b"`
}

// Backup writes all data as of one instant and gives the number of rows. It may
// run while the server does.
func (db *DB) Backup(ctx context.Context, w io.Writer) (rows int, err error) {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	err = db.View(ctx, Who{}, func(tx *Tx) error {
		if err := enc.Encode(backupHeader{backupFormat, tx.now.Format("2006-01-02T15:04:05Z")}); err != nil {
			return fmt.Errorf("write backup: %w", err)
		}
		tables, err := tx.tables()
		if err != nil {
			return err
		}
		for _, t := range tables {
			n, err := tx.dump(t, enc)
			if err != nil {
				return fmt.Errorf("table %s: %w", t, err)
			}
			rows += n
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return rows, wrap("write backup", out.Flush())
}

// tables lists the tables of the schema, without those of the database and of
// the migrations.
func (tx *Tx) tables() ([]string, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
	if tx.db.postgre {
		query = "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1"
	}
	rows, err := tx.raw.QueryContext(tx.ctx, query)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		if !strings.HasPrefix(name, "sqlite_") && !strings.HasPrefix(name, "goose_") {
			out = append(out, name)
		}
	}
	return out, wrap("list tables", rows.Err())
}

func (tx *Tx) dump(table string, enc *json.Encoder) (n int, err error) {
	rows, err := tx.raw.QueryContext(tx.ctx, "SELECT * FROM "+table) // a name from the schema
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	if err := enc.Encode(backupTable{table, columns}); err != nil {
		return 0, err
	}
	kinds, err := rows.ColumnTypes()
	if err != nil {
		return 0, err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return 0, err
		}
		for i, v := range values {
			switch v := v.(type) {
			case []byte:
				values[i] = sealedValue{base64.StdEncoding.EncodeToString(v)}
			case int64: // SQLite knows no booleans, PostgreSQL insists on them
				if strings.HasPrefix(kinds[i].DatabaseTypeName(), "BOOL") {
					values[i] = v != 0
				}
			}
		}
		if err := enc.Encode(values); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// Restore fills an empty database from a backup and gives the number of rows.
// It refuses a backup whose secrets were sealed with another key.
func (db *DB) Restore(ctx context.Context, r io.Reader) (rows int, err error) {
	err = db.Update(ctx, Who{}, func(tx *Tx) error {
		rows, err = tx.restore(bufio.NewReader(r))
		return err
	})
	if err != nil {
		return 0, err
	}
	return rows, db.checkKey(ctx)
}

func (tx *Tx) restore(r io.Reader) (rows int, err error) {
	known, err := tx.tables()
	if err != nil {
		return 0, err
	}
	for _, t := range known {
		if t == "setting" {
			continue
		}
		var one int
		if err := tx.raw.QueryRowContext(tx.ctx, "SELECT COUNT(*) FROM "+t).Scan(&one); err != nil || one > 0 {
			return 0, errors.Join(err, ErrNotEmpty)
		}
	}
	if _, err := tx.raw.ExecContext(tx.ctx, "DELETE FROM setting"); err != nil {
		return 0, fmt.Errorf("empty settings: %w", err)
	}
	dec := json.NewDecoder(r)
	dec.UseNumber()
	var head backupHeader
	if err := dec.Decode(&head); err != nil || head.Format != backupFormat {
		return 0, errors.New("this is not a tocsin backup")
	}
	var t *tableWriter
	for {
		var line json.RawMessage
		if err := dec.Decode(&line); errors.Is(err, io.EOF) {
			return rows, tx.restoredKey()
		} else if err != nil {
			return 0, fmt.Errorf("read backup: %w", err)
		}
		if line[0] == '{' {
			if t, err = tx.tableWriter(line, known); err != nil {
				return 0, err
			}
			continue
		}
		if t == nil {
			return 0, errors.New("read backup: a row before its table")
		}
		if err := t.insert(line); err != nil {
			return 0, fmt.Errorf("table %s: %w", t.Table, err)
		}
		rows++
	}
}

// restoredKey refuses a backup sealed with another key while it can still be rolled back.
func (tx *Tx) restoredKey() error {
	sealed, err := tx.q.GetSetting(tx.ctx, checkRow)
	if err != nil {
		return fmt.Errorf("the backup has no key check: %w", err)
	}
	_, err = tx.Unseal(checkRow, sealed)
	return err
}

type tableWriter struct {
	backupTable
	tx    *Tx
	query string
}

func (tx *Tx) tableWriter(line json.RawMessage, known []string) (*tableWriter, error) {
	t := &tableWriter{tx: tx}
	if err := json.Unmarshal(line, &t.backupTable); err != nil {
		return nil, fmt.Errorf("read backup: %w", err)
	}
	if !slices.Contains(known, t.Table) {
		return nil, fmt.Errorf("%w: it has a table %q", ErrNewerSchema, t.Table)
	}
	have, err := tx.raw.QueryContext(tx.ctx, "SELECT * FROM "+t.Table) // empty: for its columns only
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Table, err)
	}
	defer have.Close()
	columns, err := have.Columns()
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Table, err)
	}
	var marks []string
	for i, c := range t.Columns {
		if !slices.Contains(columns, c) {
			return nil, fmt.Errorf("%w: table %s has a column %q", ErrNewerSchema, t.Table, c)
		}
		marks = append(marks, fmt.Sprintf("$%d", i+1))
	}
	t.query = "INSERT INTO " + t.Table + " (" + strings.Join(t.Columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
	return t, wrap("read columns", have.Err())
}

func (t *tableWriter) insert(line json.RawMessage) error {
	var cells []json.RawMessage
	if err := json.Unmarshal(line, &cells); err != nil || len(cells) != len(t.Columns) {
		return errors.Join(err, errors.New("a row does not fit its table"))
	}
	values := make([]any, len(cells))
	for i, c := range cells {
		v, err := cell(c)
		if err != nil {
			return err
		}
		values[i] = v
	}
	_, err := t.tx.raw.ExecContext(t.tx.ctx, t.query, values...)
	return err
}

func cell(c json.RawMessage) (any, error) {
	switch c[0] {
	case '{':
		var v sealedValue
		if err := json.Unmarshal(c, &v); err != nil {
			return nil, err
		}
		return base64.StdEncoding.DecodeString(v.Bytes)
	case '"':
		var s string
		err := json.Unmarshal(c, &s)
		return s, err
	case 't', 'f':
		return c[0] == 't', nil
	case 'n':
		return nil, nil
	}
	var n int64
	err := json.Unmarshal(c, &n)
	return n, err
}
