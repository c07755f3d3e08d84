package index

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// ErrNewer is a database that a later program made.
var ErrNewer = errors.New("the index was written by a newer program")

//go:embed schema/*.sql
var schemaFiles embed.FS

// migrations bring the schema from one version to the next, in the order of their names; the version is how many were done. One
// that is released is never edited.
func migrations() ([]string, error) {
	names, err := fs.Glob(schemaFiles, "schema/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	list := make([]string, len(names))
	for i, name := range names {
		script, err := schemaFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		list[i] = string(script)
	}
	return list, nil
}

// migrate brings the schema up to date in one transaction and tells its version.
func (d *database) migrate(ctx context.Context, c *sql.Conn) (int, error) {
	if _, err := c.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)`); err != nil {
		return 0, err
	}
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() //nolint:errcheck // no effect once committed
	var version int
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_version`).Scan(&version); err != nil {
		return 0, err
	}
	list, err := migrations()
	if err != nil {
		return version, err
	}
	if version > len(list) {
		return version, fmt.Errorf("%w: its schema is %d, this program knows %d", ErrNewer, version, len(list))
	}
	for _, script := range list[version:] {
		for statement := range strings.SplitSeq(script, ";\n") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, d.dialect(statement)); err != nil {
				return version, fmt.Errorf("migrate the index to schema %d: %w", version+1, err)
			}
		}
		version++
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM schema_version`); err != nil {
		return version, err
	}
	if _, err := tx.ExecContext(ctx, d.bind(`INSERT INTO schema_version VALUES (?)`), version); err != nil {
		return version, err
	}
	return version, tx.Commit()
}

// dialect writes a statement of the schema for one of the databases. Text sorts by its bytes in both.
func (d *database) dialect(statement string) string {
	if d.postgres {
		return strings.NewReplacer(" TEXT ", ` TEXT COLLATE "C" `, " CLUSTERED", "").Replace(statement)
	}
	return strings.NewReplacer("BYTEA ", "BLOB ", " CLUSTERED", " WITHOUT ROWID").Replace(statement)
}
