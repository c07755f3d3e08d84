package tensor

import "ayni.example/tensor/internal/kernel"

// Kernels names the family of instructions that this process computes with, or says why the one that AYNI_KERNEL names
// cannot be had. It changes speed, never a bit.
func Kernels() (string, error) {
	t, err := kernel.Chosen()
	if err != nil {
		return "", err
	}
	return t.Name, nil
}
