package operator

// ArtifactRequest names a blob that peers have.
type ArtifactRequest struct {
	Digest string   `json:"digest"`
	From   []string `json:"from,omitempty"`   // multiaddrs with peer ids, asked beside the machines on the ledger
	Models bool     `json:"models,omitempty"` // into the store of models
}

// ArtifactFetch is how far a fetch is.
type ArtifactFetch struct {
	Digest  string         `json:"digest"`
	Size    int64          `json:"size"` // 0 until it is proven
	Done    int64          `json:"done"` // proven bytes
	Ended   bool           `json:"ended"`
	Here    bool           `json:"here"` // it was on this disk already
	Resumed int64          `json:"resumed"`
	Asked   int            `json:"asked"` // peers
	Peers   []ArtifactPeer `json:"peers"` // those that said that they have it
	Error   string         `json:"error,omitempty"`
	Advice  string         `json:"advice,omitempty"`
}

// ArtifactPeer is one that gave, or lied.
type ArtifactPeer struct {
	Peer    string `json:"peer"`
	Bytes   int64  `json:"bytes"`
	Dropped string `json:"dropped,omitempty"` // why, the last time
	Why     string `json:"why,omitempty"`
}
