package tensor

// SoftmaxBackward turns dp, the gradient of a softmax p, into that of its input before a multiplication by scale:
// dp[i] = (p[i]*(dp[i]-Dot(p,dp)))*scale.
func SoftmaxBackward(dp, p []float32, scale float32) {
	p = p[:len(dp)]
	rows().SoftmaxBackward(dp, p, Dot(p, dp), scale)
}

// RMSNormBackward adds the gradient of a normalised row to dx and that of the weights to dw, which may be nil.
func RMSNormBackward(dx, dw, x, weight, dy []float32, eps float32) {
	n, r := len(x), rows()
	dx, weight, dy = dx[:n], weight[:n], dy[:n]
	inv := invNorm(r, x, eps)
	if dw != nil {
		r.NormGain(dw[:n], x, dy, inv)
	}
	c := r.Dot3(dy, weight, x)
	k := float32(c*float32(inv*inv)) / float32(n)
	r.NormBackward(dx, x, weight, dy, k, inv)
}

// RMSNormGain adds the gradient of the weights of a normalised row to dw.
func RMSNormGain(dw, x, dy []float32, eps float32) {
	r := rows()
	r.NormGain(dw[:len(x)], x, dy[:len(x)], invNorm(r, x, eps))
}

// SwiGLUBackward writes the gradients of gate and up from that of SwiGLU's result. dGate and dUp may be gate, up or dy.
func SwiGLUBackward(dGate, dUp, gate, up, dy []float32) {
	n := len(gate)
	rows().SwiGLUBackward(dGate[:n], dUp[:n], gate, up[:n], dy[:n])
}

// CrossEntropy returns LogSumExp(logits) - logits[target] and writes the gradient of weight times that loss;
// dst may be logits.
func CrossEntropy(dst, logits []float32, target int, weight float32) float64 {
	loss := LogSumExp(logits) - float64(logits[target])
	dst = dst[:len(logits)]
	rows().Softmax(dst, logits)
	p := dst[target]
	Scale(dst, weight)
	dst[target] = float32((p - 1) * weight)
	return loss
}
