package llama

import "ayni.example/tensor"

// pageTokens is the number of positions in a page: a multiple of tensor.KeyBlock, small enough that little memory is
// reserved in vain and that short common beginnings can be shared.
const pageTokens = 32

// page is the key-value cache of pageTokens positions of a sequence, all layers. Once full it is never written again,
// so that sequences with the same beginning may share it.
type page struct {
	// [layer][key-value head]: keys in blocks [headSize][tensor.KeyBlock], then values [pageTokens][headSize]
	data []float32
}

// pageSize is the number of elements of a page.
func (s *shape) pageSize() int { return 2 * s.layers * s.kvHeads * s.headSize * pageTokens }

// part is what one layer and head have in a page.
func (s *shape) part(p *page, layer, head int) (keys, values []float32) {
	size := s.headSize * pageTokens
	at := (layer*s.kvHeads + head) * 2 * size
	return p.data[at : at+size], p.data[at+size : at+2*size]
}

// put stores keys and values of n positions of a layer, from a position on; rows hold all heads.
func (s *shape) put(pages []*page, layer, position, n int, keys, values []float32) {
	for width := s.kvWidth(); n > 0; {
		p, slot := pages[position/pageTokens], position%pageTokens
		now := min(n, pageTokens-slot)
		for head := range s.kvHeads {
			from := head * s.headSize
			toKeys, toValues := s.part(p, layer, head)
			tensor.PutKeys(toKeys, keys[from:], width, s.headSize, now, slot)
			for i := range now {
				copy(toValues[(slot+i)*s.headSize:(slot+i+1)*s.headSize], values[i*width+from:])
			}
		}
		if n, position = n-now, position+now; n > 0 {
			keys, values = keys[now*width:], values[now*width:]
		}
	}
}

// sequence is the cache of one sequence and its position.
type sequence struct {
	pages []*page
	pos   int // tokens in the cache
}

// reserve opens pages until a number of tokens fits.
func (q *sequence) reserve(s *shape, tokens int) {
	for len(q.pages)*pageTokens < tokens {
		q.pages = append(q.pages, &page{data: make([]float32, s.pageSize())})
	}
}

// pagesFor is the number of pages that hold a number of tokens.
func pagesFor(tokens int) int { return (tokens + pageTokens - 1) / pageTokens }
