package provenance

import "slices"

// Kind is what sort of thing an asset is.
type Kind string

// Kinds of assets.
const (
	KindDataset      Kind = "dataset"
	KindModel        Kind = "model"
	KindAdapter      Kind = "adapter"
	KindQuantisation Kind = "quantisation"
	KindMerged       Kind = "merge"
	KindPrompt       Kind = "prompt"
	KindProofKey     Kind = "proof_key"
	KindApp          Kind = "app"
	KindCharter      Kind = "charter"
	KindPool         Kind = "pool"
)

// Known tells whether k is one of the kinds.
func (k Kind) Known() bool {
	return slices.Contains([]Kind{
		KindDataset, KindModel, KindAdapter, KindQuantisation, KindMerged, KindPrompt, KindProofKey, KindApp, KindCharter, KindPool,
	}, k)
}

// Relation is how an asset was made from a parent.
type Relation string

// Relations of an asset to a parent.
const (
	Finetune      Relation = "finetune"
	Adapter       Relation = "adapter"
	Merge         Relation = "merge"
	Quantize      Relation = "quantize"
	Convert       Relation = "convert"
	Distill       Relation = "distill"
	TrainData     Relation = "train-data"
	RAGIndex      Relation = "rag-index"
	Filter        Relation = "filter"
	SyntheticFrom Relation = "synthetic-from"
	Proves        Relation = "proves"
	Uses          Relation = "uses"
	// Found is that of a suspected parent which the council has confirmed. No manifest says so.
	Found Relation = "found"
)

// Known tells whether a manifest may name r.
func (r Relation) Known() bool {
	return slices.Contains([]Relation{
		Finetune, Adapter, Merge, Quantize, Convert, Distill, TrainData, RAGIndex, Filter, SyntheticFrom, Proves, Uses,
	}, r)
}

// Seen tells whether the ledger saw the edge for itself.
func (e Evidence) Seen() bool { return e == EvidenceObserved || e == EvidenceVerified }

// Word is the evidence as people read it.
func (e Evidence) Word() string {
	switch e {
	case EvidenceClaimed:
		return "claimed"
	case EvidenceObserved:
		return "observed"
	case EvidenceVerified:
		return "verified"
	default:
		return "unknown"
	}
}
