// Package convert turns model files into one another: folders of safetensors as Hugging Face's libraries write them into GGUF
// and back, and GGUF files into smaller ones.
//
//	Folder: config.json + tokenizer.json + *.safetensors -> *Model, which writes a GGUF file
//	Quantise: a GGUF file -> *Model in F16, BF16, Q8_0, Q4_0, Q4_K or Q6_K, with the error that it makes
//	Export: a GGUF file -> a folder of safetensors
//
// Everything streams: one block of rows at a time is in memory, whatever the size of the model. Equal input gives equal bytes.
// What could not be carried over is an error, never left out. Downloads and names are elsewhere in ayni.example/artifact.
package convert
