//go:build !go1.21

package reassembly

import (
	"hash"

	"github.com/minio/sha256-simd"
)

// The standard library uses the SHA instructions of x86 processors from Go 1.21 on, and without them the digest is what a send
// takes longest for.
func newSHA256() hash.Hash { return sha256.New() }
