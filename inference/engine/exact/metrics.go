package exact

import "github.com/prometheus/client_golang/prometheus"

// metric is one number of llama.BatchStats, by model.
type metric struct {
	about *prometheus.Desc
	kind  prometheus.ValueType
	value float64
}

func (s *served) metrics() []metric {
	stats := s.batch.Stats()
	of := func(name, help string, kind prometheus.ValueType, value float64) metric {
		return metric{prometheus.NewDesc("ayni_exact_"+name, help, []string{"model"}, nil), kind, value}
	}
	return []metric{
		of("waiting", "Requests that wait for a place.", prometheus.GaugeValue, float64(stats.Waiting)),
		of("running", "Requests that are computed together.", prometheus.GaugeValue, float64(stats.Running)),
		of("kept_tokens", "Tokens whose caches are kept for prompts that begin alike.", prometheus.GaugeValue, float64(stats.Kept)),
		of("steps_total", "Steps; tokens chosen per step is the batch size.", prometheus.CounterValue, float64(stats.Steps)),
		of("prompt_tokens_total", "Prompt tokens that were computed.", prometheus.CounterValue, float64(stats.Prompt)),
		of("cached_tokens_total", "Prompt tokens whose caches were found.", prometheus.CounterValue, float64(stats.Cached)),
		of("chosen_tokens_total", "Tokens that were chosen.", prometheus.CounterValue, float64(stats.Chosen)),
	}
}

var _ prometheus.Collector = (*Engine)(nil)

// Describe implements prometheus.Collector; models may differ from engine to engine, so nothing is promised.
func (e *Engine) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (e *Engine) Collect(out chan<- prometheus.Metric) {
	for _, model := range e.models {
		for _, m := range e.byName[model.about.Name].metrics() {
			out <- prometheus.MustNewConstMetric(m.about, m.kind, m.value, model.about.Name)
		}
	}
}
