// The playground asks through the public OpenAI dialect, as any client would, and keeps the bytes that it sent and got, so
// that Verify compares exactly those with the receipt.
const form = document.getElementById('play')
const el = (id) => document.getElementById(id)
const held = { id: '', request: new Uint8Array(), answer: new Uint8Array() }
let running = null

form.mode.addEventListener('change', () => {
  const chat = form.mode.value === 'chat'
  if (chat && form.prompt.value.startsWith('package main')) form.prompt.value = 'Why is the sky blue?'
})
form.addEventListener('submit', (event) => {
  event.preventDefault()
  ask().catch((error) => show(error.name === 'AbortError' ? '' : error.message, 'alert'))
})
form.stop.addEventListener('click', () => running?.abort())
el('verify').addEventListener('click', () => verify(held.answer))
el('tamper').addEventListener('click', () => {
  const changed = held.answer.slice()
  changed[Math.floor(changed.length / 2)] ^= 1
  verify(changed)
})

function body() {
  const common = { model: form.model.value, max_tokens: Number(form.max.value), temperature: Number(form.temperature.value), stream: true, stream_options: { include_usage: true } }
  const prompt = form.prompt.value
  if (form.mode.value === 'chat') return ['/v1/chat/completions', { ...common, messages: [{ role: 'user', content: prompt }] }, '']
  return ['/v1/completions', { ...common, prompt }, prompt]
}

async function ask() {
  const [path, request, prompt] = body()
  held.request = new TextEncoder().encode(JSON.stringify(request))
  running = new AbortController()
  busy(true)
  el('verdict').replaceChildren()
  el('after').hidden = true
  el('answer').replaceChildren(span('prompt', prompt), document.createTextNode(''))
  try {
    const response = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: held.request, signal: running.signal })
    if (!response.ok) throw new Error((await response.json()).error?.message ?? response.statusText)
    held.id = response.headers.get('Ayni-Receipt')
    const usage = await read(response)
    el('after').hidden = false
    el('receipt').textContent = held.id
    el('receipt').href = '/console/receipts/' + held.id
    el('cost').textContent = cost(usage)
  } finally {
    busy(false)
  }
}

// read shows the stream as it comes and keeps its bytes.
async function read(response) {
  const parts = []
  const decoder = new TextDecoder()
  let rest = ''
  let usage = null
  for await (const part of chunks(response.body)) {
    parts.push(part)
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      if (!line.startsWith('data: ') || line === 'data: [DONE]') continue
      const event = JSON.parse(line.slice(6))
      if (event.error) throw new Error(event.error.message)
      const choice = event.choices?.[0]
      el('answer').lastChild.data += choice?.text ?? choice?.delta?.content ?? ''
      usage = event.usage ?? usage
    }
  }
  held.answer = new Uint8Array(await new Blob(parts).arrayBuffer())
  return usage
}

async function* chunks(stream) {
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

function cost(usage) {
  if (!usage) return ''
  const tokens = `${usage.prompt_tokens} → ${usage.completion_tokens}`
  const paid = usage.cost === undefined || Number(usage.cost) === 0 ? form.dataset.local : `${usage.cost} ${form.dataset.cost}`
  return `${tokens} · ${paid} ·`
}

async function verify(answer) {
  busy(true)
  try {
    const response = await fetch('/console/verify', {
      method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ id: held.id, request: base64(held.request), answer: base64(answer) }),
    })
    if (!response.ok) throw new Error(await response.text())
    const verdict = await response.json()
    show(verdict.ok ? form.dataset.verified : `${form.dataset.refused} ${verdict.refused}`, verdict.ok ? 'good' : 'alert')
    const list = document.createElement('ul')
    list.className = 'findings'
    for (const v of verdict.verdicts ?? []) list.append(item(v.name, v.detail))
    for (const text of verdict.not_checked ?? []) list.append(item('', text, 'open'))
    el('verdict').append(list)
  } catch (error) {
    show(error.message, 'alert')
  } finally {
    busy(false)
  }
}

function item(name, text, className = '') {
  const li = document.createElement('li')
  li.className = className
  const strong = document.createElement('strong')
  strong.textContent = name
  li.append(strong, ' ' + text)
  return li
}

function span(className, text) {
  const s = document.createElement('span')
  s.className = className
  s.textContent = text
  return s
}

function show(text, className) {
  const p = document.createElement('p')
  p.className = className
  p.textContent = text
  el('after').hidden = false
  el('verdict').replaceChildren(...(text ? [p] : []))
}

function busy(on) {
  form.ask.disabled = on
  form.stop.hidden = !on
  el('verify').disabled = on
  el('tamper').disabled = on
}

function base64(bytes) {
  let text = ''
  for (const b of bytes) text += String.fromCharCode(b)
  return btoa(text)
}
