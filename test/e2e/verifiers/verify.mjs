// Runs Sigstore's and CycloneDX's own verifiers on what lies beside an artefact: node verify.mjs ARTEFACT KEY.pem
// What was written must be accepted, and every change of one place in it refused. Prints one JSON object of counts; any failure ends
// with status 1.
import assert from 'node:assert/strict'
import { createHash, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { bundleFromJSON } from '@sigstore/bundle'
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'

const [artefact, keyFile] = process.argv.slice(2)
const pem = readFileSync(keyFile, 'utf8')
const hint = createHash('sha256').update(pem).digest('hex')
const key = createPublicKey(pem)
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
const read = (suffix) => readFileSync(artefact + suffix)

const finder = (wanted) => {
  assert.equal(wanted, hint, `the bundle asks for another key: ${wanted}`)
  return { publicKey: key, validFor: () => true }
}
const verifier = new Verifier(
  toTrustMaterial({ certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] }, finder),
  { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 },
)

// statement is what a bundle says, once the stock verifier has accepted its signature.
function statement(bundle) {
  const parsed = bundleFromJSON(bundle)
  verifier.verify(toSignedEntity(parsed))
  assert.equal(parsed.content.dsseEnvelope.payloadType, 'application/vnd.in-toto+json')
  return JSON.parse(Buffer.from(parsed.content.dsseEnvelope.payload).toString('utf8'))
}

// mutants yields a document once for every change of one place in it.
function* mutants(doc, at = '', whole = doc, put = (x) => { whole = x }) {
  const changed = function* (what, value) {
    put(value)
    yield [`${at} ${what}`, structuredClone(whole)]
    put(doc)
  }
  if (typeof doc === 'string') {
    const middle = doc.length >> 1
    yield* changed('longer', '0' + doc)
    if (doc) yield* changed('middle letter', doc.slice(0, middle) + String.fromCharCode(doc.charCodeAt(middle) ^ 1) + doc.slice(middle + 1))
    yield* changed('a number', 7)
  } else if (typeof doc === 'number') {
    yield* changed('more', doc + 1)
  } else if (typeof doc === 'boolean') {
    yield* changed('other', !doc)
  } else if (doc && typeof doc === 'object') {
    for (const name of Object.keys(doc)) {
      const old = doc[name]
      yield* mutants(old, `${at}.${name}`, whole, (x) => { doc[name] = x })
      if (Array.isArray(doc) || (Array.isArray(old) && !old.length)) continue
      delete doc[name]
      yield [`${at}.${name} missing`, structuredClone(whole)]
      doc[name] = old
    }
  }
}

function refused(what, check) {
  try { check() } catch { return }
  throw new Error(`accepted: ${what}`)
}

// tamper has the stock verifier refuse every change of a bundle, and of the statement inside it.
function tamper(suffix) {
  const raw = read(suffix).toString('utf8')
  let count = 0
  for (const [where, bundle] of mutants(JSON.parse(raw))) {
    refused(`${suffix}${where}`, () => statement(bundle))
    count++
  }
  const payload = JSON.parse(Buffer.from(JSON.parse(raw).dsseEnvelope.payload, 'base64').toString('utf8'))
  for (const [where, changed] of mutants(payload)) {
    const bundle = JSON.parse(raw)
    bundle.dsseEnvelope.payload = Buffer.from(JSON.stringify(changed)).toString('base64')
    refused(`${suffix} statement${where}`, () => statement(bundle))
    count++
  }
  return count
}

const seen = {}

// Model Signing: the files are those that were signed.
const model = statement(JSON.parse(read('.sigstore.json')))
assert.equal(model.predicateType, 'https://model_signing/signature/v1.0')
const { resources, serialization } = model.predicate
assert.equal(serialization.method, 'files')
assert.equal(model.subject[0].digest.sha256, sha256(Buffer.concat(resources.map((r) => Buffer.from(r.digest, 'hex')))))
for (const r of resources) {
  const content = readFileSync(r.name === '.' ? artefact : `${artefact}/${r.name}`)
  assert.equal(sha256(content), r.digest, r.name)
  content[content.length >> 1] ^= 1
  assert.notEqual(sha256(content), r.digest)
}
seen.files = resources.length
seen.model = tamper('.sigstore.json')

// SLSA: how it was made, from what, and the digests of the files beside it.
const job = statement(JSON.parse(read('.slsa.json')))
assert.equal(job.predicateType, 'https://slsa.dev/provenance/v1')
const { buildDefinition, runDetails } = job.predicate
assert(buildDefinition.buildType && buildDefinition.externalParameters && runDetails.builder.id)
seen.inputs = (buildDefinition.resolvedDependencies ?? []).length
seen.job = tamper('.slsa.json')
const beside = Object.fromEntries(runDetails.byproducts.map((b) => [b.name, b.digest.sha256]))
const name = (suffix) => basename(artefact) + suffix
for (const suffix of Object.keys(beside).map((n) => n.slice(basename(artefact).length))) assert.equal(beside[name(suffix)], sha256(read(suffix)), suffix)
assert(beside[name('.cdx.json')] && beside[name('.sigstore.json')])

// CycloneDX: the strict validator accepts the bill; changes that it cannot see are refused by the digest that the job's signature covers.
const strict = new Validation.JsonStrictValidator(Spec.Version.v1dot6)
const bill = read('.cdx.json').toString('utf8')
assert.equal(await strict.validate(bill), null)
seen.bill = 0
seen.billByValidator = 0
for (const [where, changed] of mutants(JSON.parse(bill))) {
  const text = JSON.stringify(changed, null, 2) + '\n'
  assert.notEqual(sha256(text), beside[name('.cdx.json')], where)
  if (await strict.validate(text) !== null) seen.billByValidator++
  seen.bill++
}
assert.equal(sha256(JSON.stringify(JSON.parse(bill), null, 2) + '\n'), beside[name('.cdx.json')], 'a change of spacing alone explains the digests')
const broken = {
  'no name': (b) => delete b.metadata.component.name, 'unknown type': (b) => { b.metadata.component.type = 'brain' },
  'short hash': (b) => { b.metadata.component.hashes[0].content = 'ab' }, 'unknown algorithm': (b) => { b.metadata.component.hashes[0].alg = 'SHA-0' },
  'unknown licence': (b) => { b.metadata.component.licenses = [{ license: { id: 'House-Rules' } }] }, 'unknown field': (b) => { b.metadata.component.owner = 'me' },
  'serial number': (b) => { b.serialNumber = '1' }, 'time': (b) => { b.metadata.timestamp = 'today' }, 'ancestors': (b) => { b.metadata.component.pedigree = { ancestors: {} } },
}
for (const [what, change] of Object.entries(broken)) {
  const b = JSON.parse(bill)
  change(b)
  assert.notEqual(await strict.validate(JSON.stringify(b)), null, `the validator takes: ${what}`)
}
console.log(JSON.stringify(seen))
