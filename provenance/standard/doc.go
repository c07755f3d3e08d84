// Package standard speaks the formats in which others state and check where a model comes from.
//
//	SignModel, VerifyModel: OpenSSF Model Signing 1.0, the files of a model by their digests
//	SignJob, VerifyJob: in-toto statements with SLSA provenance 1, how something was made, by whom and from what
//	WriteBill, ReadBill: CycloneDX 1.6, a bill of materials with model card, data sets and ancestors
//	Import: what files say of their origin: those three, Hugging Face's cards, GGUF and safetensors metadata
//	WriteCard, WriteGraph: Hugging Face's card and W3C PROV, for those who read them
//
// Model and Job travel signed, in a sigstore bundle with a DSSE envelope, by a P-256 key; the bill's digest stands in the job's
// statement, so that one signature covers all. Signatures are functions of key and content. Refusals come from a closed list
// (error.go). What Import returns are claims: nobody checked them, and a name without a digest stays a name.
//
// The package knows no ledger: who may sign for whom is in x/provenance, and ayni.example/client/verdict puts both together.
package standard
