package wire

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// HeaderBytes is the size of the header that this version writes, and the least a frame has.
const HeaderBytes = 48

// UnknownSize stands for the total size while the sender does not know it.
const UnknownSize = math.MaxUint64

const (
	frameVersion = 1
	frameChunk   = 1
	flagLast     = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Header says which message a chunk belongs to, and where. On the wire (big-endian):
//
//	 0  version | type | flags | header length / 4
//	 4  sequence
//	 8  message id (16 bytes)
//	24  offset (8 bytes)
//	32  total size (8 bytes)
//	40  payload length
//	44  CRC-32C of bytes 0 to 43, then of the payload
type Header struct {
	Sequence  uint32
	ID        ID
	Offset    int64
	TotalSize uint64
	Last      bool
}

// PutHeader writes the header into the first HeaderBytes of frame, for the payload behind them.
func PutHeader(frame []byte, h Header) {
	frame[0], frame[1], frame[2], frame[3] = frameVersion, frameChunk, 0, HeaderBytes/4
	if h.Last {
		frame[2] = flagLast
	}
	binary.BigEndian.PutUint32(frame[4:], h.Sequence)
	copy(frame[8:24], h.ID[:])
	binary.BigEndian.PutUint64(frame[24:], uint64(h.Offset))
	binary.BigEndian.PutUint64(frame[32:], h.TotalSize)
	binary.BigEndian.PutUint32(frame[40:], uint32(len(frame)-HeaderBytes))
	binary.BigEndian.PutUint32(frame[44:], checksum(frame, frame[HeaderBytes:]))
}

// ReadFrame reads one binary WebSocket message. The payload is a part of frame, not a copy.
func ReadFrame(frame []byte) (h Header, payload []byte, err error) {
	if len(frame) < HeaderBytes {
		return h, nil, frameError(BadFrame, "%d bytes are shorter than a header", len(frame))
	}
	if frame[0] != frameVersion {
		return h, nil, frameError(BadFrame, "version %d is not known", frame[0])
	}
	if frame[1] != frameChunk {
		return h, nil, frameError(UnknownType, "frame type %d is not known", frame[1])
	}
	if frame[2]&^flagLast != 0 {
		return h, nil, frameError(BadFrame, "flags 0x%02x are not known", frame[2])
	}
	header := int(frame[3]) * 4
	if header < HeaderBytes || header > len(frame) {
		return h, nil, frameError(BadFrame, "a header of %d bytes in a frame of %d", header, len(frame))
	}
	payload = frame[header:]
	if said := binary.BigEndian.Uint32(frame[40:]); uint64(said) != uint64(len(payload)) {
		return h, nil, frameError(BadFrame, "a payload of %d bytes is said to have %d", len(payload), said)
	}
	offset := binary.BigEndian.Uint64(frame[24:])
	if offset > math.MaxInt64 || uint64(len(payload)) > math.MaxInt64-offset {
		return h, nil, frameError(BadFrame, "offset %d and %d bytes go beyond 2^63 - 1", offset, len(payload))
	}
	if binary.BigEndian.Uint32(frame[44:]) != checksum(frame, payload) {
		return h, nil, frameError(CRCMismatch, "the checksum of a chunk at offset %d is wrong", offset)
	}
	h = Header{
		Sequence:  binary.BigEndian.Uint32(frame[4:]),
		Offset:    int64(offset),
		TotalSize: binary.BigEndian.Uint64(frame[32:]),
		Last:      frame[2]&flagLast != 0,
	}
	copy(h.ID[:], frame[8:24])
	return h, payload, nil
}

func checksum(frame, payload []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[:44], castagnoli), castagnoli, payload)
}
