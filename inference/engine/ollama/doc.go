// Package ollama is the engine for models that an Ollama server has, through its native API.
//
// Flow: New takes the address; Models lists tags and asks show for what each model can do; Generate and Embed translate a
// request, stream the answer, and pass on tools, formats, images, thinking and log-probabilities. Prompts are never cut to
// fit: what is too long is refused. Usage is what Ollama reports, since it does not show token ids.
// Ollama's wire format as we serve it to others is inference/ollama.
package ollama
