package upload

import (
	"math/rand"
	"time"
)

// Backoff gives growing waits with full jitter: a random time up to Base * 2^n, so that many clients of a lost node do not come
// back at once. Not for several goroutines at the same time.
type Backoff struct {
	Base, Cap time.Duration
	attempts  uint
}

// Next gives the next wait.
func (b *Backoff) Next() time.Duration {
	ceiling := b.Cap
	if b.attempts < 30 && b.Base<<b.attempts < b.Cap {
		ceiling = b.Base << b.attempts
	}
	b.attempts++
	return time.Duration(rand.Int63n(int64(ceiling) + 1))
}

// Reset begins anew.
func (b *Backoff) Reset() { b.attempts = 0 }
