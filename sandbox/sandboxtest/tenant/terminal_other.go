//go:build !linux

package main

import "errors"

func terminal([]string) error { return errors.New("it is for Linux") }
