package train

import (
	"errors"
	"io"
)

func (p *plan) writeSafetensors(io.Writer) error { return errors.New("later") }
