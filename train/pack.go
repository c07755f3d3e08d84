package train

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"ayni.example/train/corpus"
	"ayni.example/train/recipe"
)

// What a pack holds besides the texts, which lie below packedText.
const (
	packedRecipe    = "recipe.yaml"
	packedList      = "data.list"
	packedText      = "data"
	packedModel     = "base.gguf"
	packedTokenizer = "tokenizer.gguf" //nolint:gosec // a file, no secret
	packedTemplate  = "template"

	packFiles = 1 << 20
	packBytes = 16 << 30
)

// Pack writes the recipe with everything that its run reads, as one tar archive: the same bytes for the same run, wherever the files
// lay. Whoever unpacks it trains to the same digests. text is the recipe's file.
func Pack(cfg Config, text []byte, w io.Writer) error {
	cfg, err := cfg.filled()
	if err != nil {
		return err
	}
	c, err := readCorpus(cfg)
	if err != nil {
		return err
	}
	p := packer{cfg: cfg, tar: tar.NewWriter(w)}
	folder, err := cfg.folder()
	if err != nil {
		return err
	}
	p.bytes(packedRecipe, text)
	p.list(c)
	for _, f := range slices.Concat(c.Train, c.Held) {
		p.text(folder, f)
	}
	if r := cfg.Recipe; r.Mode != recipe.Pretrain {
		p.model(packedModel, "model.from", r.Model.From)
	} else if r.Tokenizer.From != "" {
		p.model(packedTokenizer, "tokenizer.from", r.Tokenizer.From)
	}
	if cfg.Recipe.Export.Template != "" {
		template, err := readTemplate(cfg.Recipe, cfg.Lookup, "")
		if err != nil {
			return err
		}
		p.bytes(packedTemplate, []byte(template))
	}
	return errors.Join(p.err, p.tar.Close())
}

// packer keeps the first error.
type packer struct {
	cfg Config
	tar *tar.Writer
	err error
}

func (p *packer) bytes(name string, content []byte) {
	p.file(name, int64(len(content)), bytes.NewReader(content))
}

func (p *packer) file(name string, size int64, content io.Reader) {
	if p.err != nil {
		return
	}
	if p.err = p.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, Format: tar.FormatPAX}); p.err == nil {
		_, p.err = io.CopyN(p.tar, content, size)
	}
	if p.err != nil {
		p.err = fmt.Errorf("pack %s: %w", name, p.err)
	}
}

// list is the recipe's own, or names the texts with their digests in the order in which a folder is read, so that what is left out
// here is left out there.
func (p *packer) list(c *corpus.Corpus) {
	if p.cfg.Recipe.Data.List != "" {
		p.given()
		return
	}
	type line struct {
		corpus.File
		split string
	}
	var lines []line
	for _, f := range c.Train {
		lines = append(lines, line{f, "train"})
	}
	for _, f := range c.Held {
		lines = append(lines, line{f, "held"})
	}
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.Path, b.Path) })
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%x %s %s\n", l.Digest, l.split, l.Path)
	}
	p.bytes(packedList, []byte(b.String()))
}

func (p *packer) given() {
	name, err := p.cfg.Recipe.Expand("data.list", p.cfg.Recipe.Data.List, p.cfg.Lookup)
	if err != nil {
		p.err = err
		return
	}
	text, err := os.ReadFile(name)
	if err != nil {
		p.err = fmt.Errorf("pack: %w", err)
		return
	}
	p.bytes(packedList, text)
}

func (p *packer) text(folder string, f corpus.File) {
	if p.err != nil {
		return
	}
	raw, err := corpus.ReadFile(filepath.Join(folder, filepath.FromSlash(f.Path)), p.cfg.Recipe.Data.MaxBytes)
	if err != nil {
		p.err = fmt.Errorf("pack: %w", err)
		return
	}
	p.bytes(path.Join(packedText, f.Path), raw)
}

func (p *packer) model(name, field, from string) {
	if p.err != nil {
		return
	}
	file, err := p.cfg.Recipe.Expand(field, from, p.cfg.Lookup)
	if err != nil {
		p.err = err
		return
	}
	source, err := open(p.cfg, field, from, file)
	if err != nil {
		p.err = err
		return
	}
	p.file(name, source.Size, io.NewSectionReader(source, 0, source.Size))
	p.err = errors.Join(p.err, source.Close())
}

// ErrPack tells that an archive is no pack.
var ErrPack = errors.New("no pack of a recipe")

// Unpack puts a pack into an empty folder, for OpenPacked. It writes regular files below the folder and nothing else.
func Unpack(pack io.Reader, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	defer root.Close() //nolint:errcheck // only read from now on
	left := int64(packBytes)
	archive := tar.NewReader(pack)
	for n := 0; ; n++ {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrPack, err)
		}
		if left -= h.Size; left < 0 || n == packFiles {
			return fmt.Errorf("%w: more than %d bytes or %d files", ErrPack, int64(packBytes), packFiles)
		}
		if err := unpackFile(root, h, archive); err != nil {
			return err
		}
	}
}

// OpenPacked opens the recipe in a folder that a pack was unpacked to.
func OpenPacked(dir string) (*recipe.Recipe, error) {
	r, err := recipe.Open(filepath.Join(dir, packedRecipe))
	if err != nil {
		return nil, err
	}
	r.Data.Folder, r.Data.List, r.Data.Include, r.Data.Exclude = packedText, packedList, nil, nil
	if r.Mode != recipe.Pretrain {
		r.Model.From = packedModel
	} else if r.Tokenizer.From != "" {
		r.Tokenizer.From = packedTokenizer
	}
	if r.Export.Template != "" {
		r.Export.Template = packedTemplate
	}
	return r, nil
}

// PackedFromPool tells whether the texts of a pack are those of a pool, which are not for everybody.
func PackedFromPool(dir string) bool {
	r, err := recipe.Open(filepath.Join(dir, packedRecipe))
	if err != nil {
		return true
	}
	_, is := r.Pool()
	return is
}

func unpackFile(root *os.Root, h *tar.Header, content io.Reader) error {
	if h.Typeflag != tar.TypeReg || !fs.ValidPath(h.Name) {
		return fmt.Errorf("%w: %q is no plain file below the folder", ErrPack, h.Name)
	}
	if err := root.MkdirAll(path.Dir(h.Name), 0o750); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	f, err := root.OpenFile(h.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	_, err = io.CopyN(f, content, h.Size)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("unpack %s: %w", h.Name, err)
	}
	return nil
}
