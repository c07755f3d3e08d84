// Package keeper holds the state of models and verified values and changes it by the rules of package zkml.
package keeper
