package upload

import (
	"math"
	"sort"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// ranges is a set of bytes: ascending ranges that neither overlap nor touch.
type ranges struct {
	all   []wire.Range
	count int64
}

func (r *ranges) add(piece wire.Range) {
	if piece.From >= piece.To {
		return
	}
	first := sort.Search(len(r.all), func(i int) bool { return r.all[i].To >= piece.From })
	after := first
	for ; after < len(r.all) && r.all[after].From <= piece.To; after++ {
		piece.From = min(piece.From, r.all[after].From)
		piece.To = max(piece.To, r.all[after].To)
		r.count -= r.all[after].To - r.all[after].From
	}
	r.count += piece.To - piece.From
	if first == after {
		r.all = append(r.all, wire.Range{})
		copy(r.all[first+1:], r.all[first:])
	} else {
		r.all = append(r.all[:first+1], r.all[after:]...)
	}
	r.all[first] = piece
}

func (r *ranges) addAll(other *ranges) {
	for _, piece := range other.all {
		r.add(piece)
	}
}

func (r *ranges) clear() { r.all, r.count = r.all[:0], 0 }

// within counts the bytes of piece that are in the set.
func (r *ranges) within(piece wire.Range) int64 {
	count := int64(0)
	for i := sort.Search(len(r.all), func(i int) bool { return r.all[i].To > piece.From }); i < len(r.all) && r.all[i].From < piece.To; i++ {
		count += min(r.all[i].To, piece.To) - max(r.all[i].From, piece.From)
	}
	return count
}

// prefix is where the bytes that begin at 0 end.
func (r *ranges) prefix() int64 { return r.firstGap().From }

// end is one above the highest byte.
func (r *ranges) end() int64 {
	if len(r.all) == 0 {
		return 0
	}
	return r.all[len(r.all)-1].To
}

// firstGap is the lowest range that is not in the set; without an end above the highest byte.
func (r *ranges) firstGap() wire.Range {
	if len(r.all) == 0 {
		return wire.Range{To: math.MaxInt64}
	}
	if r.all[0].From > 0 {
		return wire.Range{To: r.all[0].From}
	}
	if len(r.all) > 1 {
		return wire.Range{From: r.all[0].To, To: r.all[1].From}
	}
	return wire.Range{From: r.all[0].To, To: math.MaxInt64}
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func max(a, b int64) int64 {
	if a > b {
		return a
	}
	return b
}
