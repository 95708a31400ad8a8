package upload

import (
	"math"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// chunkLimits are the payload bytes that one chunk may have.
type chunkLimits struct{ min, max int64 }

// cut takes the next piece out of a gap. No piece is below the server's minimum unless it ends the message: a piece leaves its
// successor at least the minimum, and where the gap itself is smaller, the piece grows over its neighbours, whose bytes are the
// same bytes and do no harm when they come twice.
//
// Bytes at or above reach may not be sent yet, those below oldest cannot be read any more, and mayWait says that the reach will
// grow by itself, so that a short piece in front of it can wait to become a full one.
func cut(gap wire.Range, reach, oldest int64, source Source, limits chunkLimits, mayWait bool) (wire.Range, bool) {
	messageEnd := int64(math.MaxInt64)
	if source.Ended {
		messageEnd = source.Available
	}
	gapEnd := min(gap.To, messageEnd)
	reach = min(reach, messageEnd)
	start := gap.From
	if start >= reach || start >= gapEnd {
		return wire.Range{}, false
	}
	full := start + min(limits.max, math.MaxInt64-start)
	end := min(min(full, gapEnd), reach)
	if mayWait && end == reach && end < full && end < gapEnd {
		return wire.Range{}, false
	}
	rest := gapEnd - end
	if gapEnd != messageEnd && rest > 0 && rest < limits.min && gapEnd-limits.min-start >= limits.min {
		end = gapEnd - limits.min
	}
	enough := func() bool { return end-start >= limits.min || end == messageEnd }
	if !enough() {
		end = max(end, min(start+limits.min, reach))
	}
	if !enough() {
		start = max(oldest, end-limits.min)
	}
	return wire.Range{From: start, To: end}, enough()
}
