package exchange

import "github.com/prometheus/client_golang/prometheus"

// metrics are what operators watch. Labels come from closed lists only.
type metrics struct {
	bytes   *prometheus.CounterVec
	dropped *prometheus.CounterVec
	fetches *prometheus.CounterVec
}

func newMetrics() *metrics {
	return &metrics{
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ayni_artifact_bytes_total", Help: "Bytes of blobs from peers, proven (in), and to peers (out).",
		}, []string{"direction"}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ayni_artifact_peers_dropped_total", Help: "Peers dropped in a fetch: false_bytes, false_size, protocol, stalled, gone.",
		}, []string{"reason"}),
		fetches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ayni_artifact_fetches_total", Help: "Fetches of blobs from peers by result: done, failed.",
		}, []string{"result"}),
	}
}

var _ prometheus.Collector = (*Exchange)(nil)

// Describe implements prometheus.Collector.
func (x *Exchange) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(x, to) }

// Collect implements prometheus.Collector.
func (x *Exchange) Collect(to chan<- prometheus.Metric) {
	for _, c := range []prometheus.Collector{x.metrics.bytes, x.metrics.dropped, x.metrics.fetches} {
		c.Collect(to)
	}
}
