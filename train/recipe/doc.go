// Package recipe reads the file that says what a training run makes, from what, and how.
//
// The central type is [Recipe]. [Parse] is strict: an unknown field is refused at its line, with the name that was
// probably meant; a value that cannot work is refused at its line with its cause and a hint.
package recipe
