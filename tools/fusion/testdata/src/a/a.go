package a

import "math"

func rounded(a, b, c float32) float32         { return float32(a*b) + c }
func factorOfRounded(a, b, c float32) float32 { return float32(a*b*c) + c }
func quotient(a, b, c float32) float32        { return a*b/c + c }
func integers(s []int) float32                { return float32(len(s)*2 + 1) }
func constants(c float32) float32             { return c + 2*3.5 }
func exact(a float64) float64                 { return math.Sqrt(math.Pi) + a }

func fused(a, b, c float32) float32 { return a*b + c } // want `float product`

func acrossStatements(a, b, c float32) float32 {
	p := a * b // want `float product`
	return p + c
}

func assignment(a, b, c float32) float32 {
	a *= b // want `float product`
	return a + c
}

func inParentheses(a, b, c float32) float32 { return c - (a * b) } // want `float product`

type scale float64

func named(a, b scale) scale { return a*b - b } // want `float product`

func generic[T float32 | int](a, b, c T) T { return a*b + c } // want `float product`

func argument(a, b float32) float32 { return rounded(a*b, a, b) } // want `float product`

func platform(a float64) float64 { return math.Exp(a) } // want `math.Exp differs`

func twice(a, b, c float64) float32 {
	f := math.FMA // want `math.FMA differs`
	return float32(f(a, b, c))
}
