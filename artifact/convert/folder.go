package convert

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/safetensors"
)

// Progress is called as bytes of tensors are written; total is known from the start.
type Progress func(done, total uint64)

// folder is a model of Hugging Face's libraries.
type folder struct {
	dir      fs.FS
	config   *hfConfig
	family   family
	tensors  map[string]shard // by GGUF name
	open     []fs.File
	done     uint64
	total    uint64
	progress Progress
}

// shard is a tensor and the file that it is in.
type shard struct {
	file   *safetensors.File
	tensor safetensors.Tensor
}

// Folder reads a folder with config.json, tokenizer.json and safetensors files. Matrices keep their type (F32, F16 or BF16),
// vectors become F32. The caller closes the model.
func Folder(dir fs.FS, name string, progress Progress) (*Model, error) {
	f := &folder{dir: dir, tensors: make(map[string]shard), progress: progress}
	w, err := f.read(name)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("convert: %w", err), f.close())
	}
	return &Model{w: w, closer: f.close}, nil
}

func (f *folder) close() error {
	errs := make([]error, 0, len(f.open))
	for _, file := range f.open {
		errs = append(errs, file.Close())
	}
	f.open = nil
	return errors.Join(errs...)
}

func (f *folder) read(name string) (*gguf.Writer, error) {
	var err error
	if f.config, err = readConfig(f.dir); err != nil {
		return nil, err
	}
	if f.family, err = familyOf(f.config.ModelType); err != nil {
		return nil, err
	}
	if err := f.shards(); err != nil {
		return nil, err
	}
	embedding, ok := f.tensors["token_embd.weight"]
	if !ok || len(embedding.tensor.Shape) != 2 {
		return nil, errors.New("the tensor model.embed_tokens.weight is missing or no matrix")
	}
	rows := embedding.tensor.Shape[0]
	if rows > 1<<24 {
		return nil, fmt.Errorf("an embedding of %d rows", rows)
	}
	v, err := readVocabulary(f.dir, int(rows))
	if err != nil {
		return nil, err
	}
	w := gguf.NewWriter()
	if err := f.metadata(w, name, len(v.tokens)); err != nil {
		return nil, err
	}
	v.write(w)
	if err := v.special(f.dir, f.config, w); err != nil {
		return nil, err
	}
	if factors := f.config.ropeFactors(); factors != nil {
		w.AddF32("rope_freqs.weight", []uint64{uint64(len(factors))}, factors)
	}
	return w, f.add(w)
}

func familyOf(modelType string) (family, error) {
	var known []string
	for _, fam := range families() {
		if slices.Contains(fam.types, modelType) {
			return fam, nil
		}
		known = append(known, fam.types...)
	}
	return family{}, fmt.Errorf("config.json: models of type %q are not supported (%s are)", modelType, strings.Join(known, ", "))
}

// shards opens the files that the index names, or model.safetensors, or all there are.
func (f *folder) shards() error {
	var index struct {
		Files map[string]string `json:"weight_map"`
	}
	err := readJSON(f.dir, "model.safetensors.index.json", &index)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	names := make(map[string]bool)
	for _, name := range index.Files {
		if name != path.Base(name) || !strings.HasSuffix(name, ".safetensors") {
			return fmt.Errorf("model.safetensors.index.json names the file %q", name)
		}
		names[name] = true
	}
	if len(names) == 0 {
		if names, err = f.unindexed(); err != nil {
			return err
		}
	}
	for _, name := range sorted(names) {
		if err := f.shard(name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name := range index.Files {
		if inGGUF, skip, err := toGGUF(name, f.config.Layers); err == nil && !skip && f.tensors[inGGUF].file == nil {
			return fmt.Errorf("the tensor %q of the index is in no file", name)
		}
	}
	return nil
}

func (f *folder) unindexed() (map[string]bool, error) {
	if _, err := fs.Stat(f.dir, "model.safetensors"); err == nil {
		return map[string]bool{"model.safetensors": true}, nil
	}
	found, err := fs.Glob(f.dir, "*.safetensors")
	if err != nil || len(found) == 0 {
		return nil, errors.Join(err, errors.New("the folder has no .safetensors file"))
	}
	names := make(map[string]bool)
	for _, name := range found {
		names[name] = true
	}
	return names, nil
}

func (f *folder) shard(name string) error {
	file, err := f.dir.Open(name)
	if err != nil {
		return err
	}
	f.open = append(f.open, file)
	stat, err := file.Stat()
	if err != nil {
		return err
	}
	source, ok := file.(io.ReaderAt)
	if !ok {
		return errors.New("it cannot be read at random")
	}
	parsed, err := safetensors.Read(source, stat.Size())
	if err != nil {
		return err
	}
	for _, t := range parsed.Tensors {
		name, skip, err := toGGUF(t.Name, f.config.Layers)
		if err != nil {
			return err
		}
		if skip || name == "output.weight" && f.config.tied() {
			continue
		}
		if f.tensors[name].file != nil {
			return fmt.Errorf("the tensor %q is in two files", t.Name)
		}
		if !t.DType.Float() {
			return fmt.Errorf("the tensor %q is %s: only F32, F16 and BF16 are supported", t.Name, t.DType)
		}
		f.tensors[name] = shard{parsed, t}
	}
	return nil
}

// tied tells that the embedding is the output matrix too, whatever a file holds.
func (c *hfConfig) tied() bool { return c.Tied != nil && *c.Tied }

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
