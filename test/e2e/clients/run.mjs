// Runs the official openai and ollama clients against a gateway: node run.mjs URL MODEL [EMBEDDING_MODEL]
// Prints one JSON object: what each call gave and the receipt it came with. Any failure ends with status 1.
import assert from 'node:assert/strict'
import { Ollama } from 'ollama'
import OpenAI from 'openai'

const [url, model, embeddingModel = model] = process.argv.slice(2)
const receipts = []
const keep = async (input, init) => {
  const response = await fetch(input, init)
  const id = response.headers.get('ayni-receipt')
  if (id) receipts.push(id)
  return response
}
const openai = new OpenAI({ baseURL: url + '/v1', apiKey: process.env.AYNI_KEY ?? 'none', fetch: keep, maxRetries: 0 })
const ollama = new Ollama({ host: url, fetch: keep })
const prompt = 'package main\n\nimport "fmt"\n\nfunc main() {\n\t'
const messages = [{ role: 'user', content: 'Say hello.' }]
const seen = {}

async function openaiCalls() {
  const models = []
  for await (const m of await openai.models.list()) models.push(m.id)
  assert(models.includes(model), `${model} is not in ${models}`)
  seen.models = models.length

  const done = await openai.completions.create({ model, prompt, max_tokens: 24, temperature: 0, seed: 7 })
  assert.equal(done.object, 'text_completion')
  assert(done.choices[0].text.length > 0, 'empty completion')
  assert(done.usage.prompt_tokens > 0 && done.usage.completion_tokens > 0, 'no usage')
  seen.completion = done.choices[0].text

  let streamed = ''
  let usage
  for await (const c of await openai.completions.create({ model, prompt, max_tokens: 24, temperature: 0, seed: 7, stream: true, stream_options: { include_usage: true } })) {
    streamed += c.choices[0]?.text ?? ''
    usage = c.usage ?? usage
  }
  assert.equal(streamed, seen.completion, 'streamed and whole completion differ')
  assert(usage?.completion_tokens > 0, 'no usage in the stream')

  const chat = await openai.chat.completions.create({ model, messages, max_tokens: 16, temperature: 0 })
  assert.equal(chat.choices[0].message.role, 'assistant')
  seen.chat = chat.choices[0].message.content
  let chatted = ''
  for await (const c of await openai.chat.completions.create({ model, messages, max_tokens: 16, temperature: 0, stream: true })) {
    chatted += c.choices[0]?.delta?.content ?? ''
  }
  seen.chatStream = chatted
  const embedding = await openai.embeddings.create({ model: embeddingModel, input: ['hello', 'world'] })
  assert.equal(embedding.data.length, 2)
  seen.dimensions = embedding.data[0].embedding.length
  assert(seen.dimensions > 0)
  await assert.rejects(openai.chat.completions.create({ model: 'no/such-model', messages }), (e) => e.status === 404 && e instanceof OpenAI.NotFoundError)
}

async function ollamaCalls() {
  const { models } = await ollama.list()
  assert(models.some((m) => m.name === model || m.model === model), `${model} is not in ollama's list`)
  const shown = await ollama.show({ model })
  assert(shown.details, 'show has no details')
  const options = { num_predict: 16, temperature: 0 }
  const done = await ollama.generate({ model, prompt, options, raw: true })
  assert(done.done && done.eval_count > 0, 'generate has no counts')
  seen.generate = done.response
  let streamed = ''
  for await (const part of await ollama.generate({ model, prompt, options, raw: true, stream: true })) streamed += part.response
  assert.equal(streamed, seen.generate, 'streamed and whole generate differ')
  const chat = await ollama.chat({ model, messages, options })
  assert.equal(chat.message.role, 'assistant')
  for await (const part of await ollama.chat({ model, messages, options, stream: true })) assert(part.message)
  const embedded = await ollama.embed({ model: embeddingModel, input: ['hello', 'world'] })
  assert.equal(embedded.embeddings.length, 2)
  assert(embedded.embeddings[0].length > 0)
  await ollama.ps()
  await assert.rejects(ollama.chat({ model: 'no-such-model', messages }), (e) => e.status_code === 404)
}

await openaiCalls()
await ollamaCalls()
console.log(JSON.stringify({ ...seen, receipts }))
