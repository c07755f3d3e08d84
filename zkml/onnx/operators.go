package onnx

// operators maps an operator, with its domain unless that is the default one, to what computes it.
func operators() map[string]operator {
	return map[string]operator{
		"Add": arithmetic(add()), "Sub": arithmetic(sub()), "Mul": arithmetic(mul()), "Div": arithmetic(div()), "Sum": opSum,
		"Relu": elementwise(relu), "Sigmoid": elementwise(sigmoid), "Clip": opClip, "Softmax": opSoftmax,
		"Gemm": opGemm, "MatMul": opMatMul, "Conv": opConv,
		"MaxPool": opMaxPool, "AveragePool": opAveragePool, "GlobalAveragePool": opGlobalAveragePool, "GlobalMaxPool": opGlobalMaxPool,
		"BatchNormalization": opBatchNormalization,
		"Reshape":            opReshape, "Flatten": opFlatten, "Squeeze": opSqueeze, "Unsqueeze": opUnsqueeze,
		"Concat": opConcat, "Transpose": opTranspose,
		"Shape": opShape, "Gather": opGather, "Slice": opSlice, "Pad": opPad, "Cast": opCast, "ConstantOfShape": opConstantOfShape,
		"Constant": opConstant, "Identity": opIdentity, "Dropout": opDropout,
		"ai.onnx.ml.TreeEnsembleRegressor": opTreeRegressor, "ai.onnx.ml.TreeEnsembleClassifier": opTreeClassifier,
	}
}

func opIdentity(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	return []*Tensor{x}, err
}

func opConstant(c *call) ([]*Tensor, error) {
	switch {
	case c.Has("value"):
		if t := c.Attributes["value"].Tensor; t != nil {
			return []*Tensor{t}, nil
		}
	case c.Has("value_float"):
		return []*Tensor{FloatTensor([]float64{c.Float("value_float", 0)})}, nil
	case c.Has("value_floats"):
		list := c.Floats("value_floats")
		return []*Tensor{FloatTensor(list, len(list))}, nil
	case c.Has("value_int"):
		return []*Tensor{{Type: Int64, Ints: []int64{c.Int("value_int", 0)}}}, nil
	case c.Has("value_ints"):
		list := c.Ints("value_ints")
		return []*Tensor{{Type: Int64, Shape: []int{len(list)}, Ints: list}}, nil
	}
	return nil, unsupported("constants of strings or sparse tensors")
}
