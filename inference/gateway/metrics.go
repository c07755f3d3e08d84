package gateway

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what operators watch. Labels come from closed lists only: endpoints, statuses and kinds of route.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	first    *prometheus.HistogramVec
	tokens   *prometheus.CounterVec
	spend    *prometheus.CounterVec
	inFlight prometheus.Gauge
	retries  prometheus.Counter
	choices  *prometheus.CounterVec
	unstored prometheus.Counter
}

func newMetrics(registry *prometheus.Registry) (*metrics, error) {
	seconds := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900}
	m := &metrics{
		registry: registry,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ayni_gateway_requests_total", Help: "Requests by endpoint, HTTP status and who served: local, network or none.",
		}, []string{"endpoint", "status", "route"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ayni_gateway_request_seconds", Help: "Time to the last byte.", Buckets: seconds,
		}, []string{"endpoint"}),
		first: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ayni_gateway_first_chunk_seconds", Help: "Time to the first piece of an answer.", Buckets: seconds,
		}, []string{"route"}),
		tokens: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ayni_gateway_tokens_total", Help: "Tokens by direction (input, output) and who served.",
		}, []string{"direction", "route"}),
		spend: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ayni_gateway_spend_credits_total", Help: "Credits paid for answers; receipts have the exact amounts.",
		}, []string{"route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "ayni_gateway_in_flight", Help: "Requests that are being answered.",
		}),
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ayni_gateway_retries_total", Help: "Attempts that went to another candidate after one failed.",
		}),
		choices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ayni_gateway_choices_total", Help: "Providers chosen, by what trusted arenas found of them: good, poor or unknown.",
		}, []string{"quality"}),
		unstored: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ayni_gateway_receipts_unstored_total", Help: "Receipts that could not be stored: look at the disk.",
		}),
	}
	for _, c := range []prometheus.Collector{
		m.requests, m.duration, m.first, m.tokens, m.spend, m.inFlight, m.retries, m.choices, m.unstored,
	} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("register gateway metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// chosen counts a provider that has begun to answer.
func (m *metrics) chosen(r Route) {
	quality := "unknown"
	switch {
	case r.Local:
		return
	case r.poor() > 0:
		quality = "poor"
	case r.Score != nil:
		quality = "good"
	}
	m.choices.WithLabelValues(quality).Inc()
}

func (m *metrics) done(endpoint string, status int, route string, took time.Duration) {
	m.requests.WithLabelValues(endpoint, strconv.Itoa(status), route).Inc()
	m.duration.WithLabelValues(endpoint).Observe(took.Seconds())
}
