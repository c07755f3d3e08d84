// Package reference compares the exact engine with models written from their definition in another language: model.py runs
// what Hugging Face's format says, in float64. The tests are skipped where python3 has no numpy.
package reference
