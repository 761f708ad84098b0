package main

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
)

// chance gives the dice for one decision. They fall by the seed and by what the
// decision is about, and by nothing else: what runs side by side, and how fast,
// changes nothing.
func chance(seed uint64, about ...any) *rand.Rand {
	text := fmt.Sprintln(append([]any{seed}, about...)...)
	return rand.New(rand.NewChaCha8(sha256.Sum256([]byte(text)))) //nolint:gosec // G404: it has to come out the same each time.
}

// guidBy makes a UUID (RFC 9562, version 4) that the dice decide.
func guidBy(dice *rand.Rand) string {
	high, low := dice.Uint64(), dice.Uint64()
	high = high&^0xf000 | 0x4000
	low = low&^(0xc000<<48) | 0x8000<<48
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&(1<<48-1))
}
