package exact

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nikolalohinski/gonja/v2/builtins"
	"github.com/nikolalohinski/gonja/v2/config"
	"github.com/nikolalohinski/gonja/v2/exec"
	"github.com/nikolalohinski/gonja/v2/loaders"

	"ayni.example/inference/engine"
)

// A template comes with the model file, so it can neither read files nor grow without bound.
const (
	maxTemplate = 256 << 10 // bytes of source
	maxRendered = 32 << 20  // bytes of output
	maxSteps    = 100_000   // numbers that range gives in one rendering
)

const templateName = "chat_template"

var errRaised = errors.New("the chat template refuses these messages")

type template struct {
	parsed   *exec.Template
	bos, eos string
}

func newTemplate(source, bos, eos string) (t *template, err error) {
	if len(source) > maxTemplate {
		return nil, fmt.Errorf("chat template: it has %d bytes, more than %d", len(source), maxTemplate)
	}
	defer func() { // the parser is a stranger's, and so is the template
		if cause := recover(); cause != nil {
			t, err = nil, fmt.Errorf("chat template: the parser gave up: %v", cause)
		}
	}()
	settings := config.New()
	settings.TrimBlocks, settings.LeftStripBlocks = true, true // what models' templates are written for
	environment := &exec.Environment{
		Context: exec.EmptyContext(), Filters: builtins.Filters, Tests: builtins.Tests,
		ControlStructures: builtins.ControlStructures, Methods: builtins.Methods,
	}
	parsed, err := exec.NewTemplate(templateName, settings, only{source: source}, environment)
	if err != nil {
		return nil, fmt.Errorf("chat template: %w", err)
	}
	return &template{parsed: parsed, bos: bos, eos: eos}, nil
}

// render writes the messages and the opening of the answer; fence stands before and after each content.
func (t *template) render(messages []engine.Message, fence string) (text string, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = engine.Errorf(engine.Invalid, "the chat template gave up on these messages: %v", cause)
		}
	}()
	list := make([]any, len(messages))
	for i, message := range messages {
		list[i] = map[string]any{"role": message.Role, "content": fence + message.Content + fence}
	}
	steps := 0
	values := exec.EmptyContext()
	for _, name := range []string{"namespace", "dict", "joiner", "cycler"} {
		if function, ok := builtins.GlobalFunctions.Get(name); ok {
			values.Set(name, function)
		}
	}
	values.Set("messages", list)
	values.Set("add_generation_prompt", true)
	values.Set("bos_token", t.bos)
	values.Set("eos_token", t.eos)
	values.Set("raise_exception", raise)
	values.Set("range", func(_ *exec.Evaluator, args *exec.VarArgs) ([]int, error) { return bounded(args, &steps) })
	var out limited
	if err := t.parsed.Execute(&out, values); err != nil {
		return "", engine.Errorf(engine.Invalid, "render the chat: %w", err)
	}
	return out.String(), nil
}

func raise(_ *exec.Evaluator, args *exec.VarArgs) (string, error) {
	if len(args.Args) == 0 {
		return "", errRaised
	}
	return "", fmt.Errorf("%w: %s", errRaised, args.Args[0].String())
}

// bounded is range() as a list, with a bound over the whole rendering.
func bounded(args *exec.VarArgs, steps *int) ([]int, error) {
	start, stop, step := 0, 0, 1
	numbers := make([]int, len(args.Args))
	for i, arg := range args.Args {
		if !arg.IsInteger() {
			return nil, errors.New("range takes whole numbers")
		}
		numbers[i] = arg.Integer()
	}
	switch len(numbers) {
	case 1:
		stop = numbers[0]
	case 2:
		start, stop = numbers[0], numbers[1]
	case 3:
		start, stop, step = numbers[0], numbers[1], numbers[2]
	default:
		return nil, errors.New("range takes one to three numbers")
	}
	if step == 0 {
		return nil, errors.New("range cannot step by 0")
	}
	out := []int{}
	for i := start; (step > 0 && i < stop) || (step < 0 && i > stop); i += step {
		if *steps++; *steps > maxSteps {
			return nil, fmt.Errorf("range gives more than %d numbers", maxSteps)
		}
		out = append(out, i)
	}
	return out, nil
}

// only is a loader that has the chat template and nothing else.
type only struct{ source string }

var _ loaders.Loader = only{}

// Read gives the template's source.
func (o only) Read(path string) (io.Reader, error) {
	if path != templateName {
		return nil, fmt.Errorf("a chat template cannot read %q", path)
	}
	return strings.NewReader(o.source), nil
}

// Resolve knows the one name.
func (o only) Resolve(path string) (string, error) {
	if path != templateName {
		return "", fmt.Errorf("a chat template cannot read %q", path)
	}
	return path, nil
}

// Inherit is the same loader.
func (o only) Inherit(string) (loaders.Loader, error) { return o, nil }

// limited is a buffer that refuses more than maxRendered bytes.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxRendered {
		return 0, fmt.Errorf("the rendered chat exceeds %d bytes", maxRendered)
	}
	return l.Buffer.Write(p)
}

func (l *limited) WriteString(s string) (int, error) { return l.Write([]byte(s)) }
