package credit

import "fmt"

// Pragmas tells how the store's writer is set.
func Pragmas(s *Store) (journal string, synchronous int, err error) {
	if err := s.writer.QueryRow(`PRAGMA journal_mode`).Scan(&journal); err != nil {
		return "", 0, err
	}
	return journal, synchronous, s.writer.QueryRow(`PRAGMA synchronous`).Scan(&synchronous)
}

// LimitPages makes the disk look full: SQLite refuses to let the file grow beyond so many pages.
func LimitPages(s *Store, pages int) error {
	_, err := s.writer.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages))
	return err
}
