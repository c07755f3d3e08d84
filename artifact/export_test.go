package artifact

// OutlinePath is where the outline of a blob lies.
func (s *Store) OutlinePath(d Digest) string { return s.outlinePath(d) }

// TailPath is where what came of a blob lies.
func (t *Tail) TailPath() string { return t.path() }
