// Package chart draws curves: for a terminal as text ([Text]), for a page as SVG ([SVG]).
package chart
