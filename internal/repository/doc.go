// Package repository holds the tests of what is in this repository beside the
// code, and what only GitHub reads: it says nothing of a mistake there, or only
// once it is too late. make lint has actionlint look at the workflows as well.
package repository
