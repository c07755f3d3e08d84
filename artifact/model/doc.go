// Package model keeps models on this machine: names, manifests, and the blobs that they are made of.
//
// The central type is [Store].
//
//	Name: [HOST/][NAMESPACE/]MODEL[:TAG] -> a manifest, in a file of its own
//	Manifest: the layers of a model by digest: weights, adapters, template, system text, parameters, licence
//	Create: GGUF file, folder of safetensors, or another model -> blobs and a manifest
//	Remove: the name goes; blobs that no other name needs go with it
//
// Manifests are those of Ollama's registries, byte for byte as they came, so that stock clients can pull from here what was
// pulled or created here. Downloads are in ayni.example/artifact/registry; numbers in ayni.example/tensor.
package model
