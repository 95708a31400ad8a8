package reassembly

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/reassembly/reassembly/src/clients/go/internal/upload"
)

// source is a payload to cut. One goroutine uses it.
type source interface {
	// view tells what can be read right now, or why there is no more.
	view() (upload.Source, error)
	// fill reads the payload of a frame, which lies within the view.
	fill(f *frame) error
	// release lets go of durable bytes.
	release(below int64)
	// digest gives size and SHA-256 of the whole payload, read to its end, or to more than the server has committed (-1: not told); no
	// SHA-256 where nobody compares.
	digest(ctx context.Context, committed int64) (size int64, sha256 string, err error)
	// stop ends what runs beside the send.
	stop()
}

// placed is a payload that can be read at any place, any number of times.
type placed struct {
	at     io.ReaderAt
	size   int64
	hash   *digest // nil where nobody compares
	hashed bool
}

func newPlaced(at io.ReaderAt, size, hashedBytes int64) *placed {
	p := &placed{at: at, size: size}
	if size <= hashedBytes {
		p.hash = startDigest()
	}
	return p
}

func (p *placed) view() (upload.Source, error) {
	return upload.Source{Available: p.size, Ended: true}, nil
}

func (p *placed) fill(f *frame) error {
	payload := f.payload()
	if n, err := p.at.ReadAt(payload, f.offset); n < len(payload) {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("the payload of %d bytes could not be read at %d: %w", p.size, f.offset+int64(n), err)
	}
	if p.hash != nil {
		p.hash.add(f)
	}
	return nil
}

func (p *placed) release(int64) {}

func (p *placed) digest(context.Context, int64) (int64, string, error) {
	p.stop()
	if p.hash == nil {
		return p.size, "", nil
	}
	sum, err := p.hash.finish(p.at, p.size)
	return p.size, sum, err
}

func (p *placed) stop() {
	if p.hash != nil && !p.hashed {
		p.hashed = true
		p.hash.stop()
	}
}

// findPlaced tells whether a reader can go back, from where it stands to its end.
func findPlaced(reader io.Reader) (at io.ReaderAt, size int64, ok bool, err error) {
	if file, is := reader.(*os.File); is {
		if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
			return nil, 0, false, err
		}
	}
	seeker, is := reader.(io.Seeker)
	if !is {
		return nil, 0, false, nil
	}
	from, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, 0, false, nil
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, false, nil
	}
	if _, err := seeker.Seek(from, io.SeekStart); err != nil {
		return nil, 0, false, fmt.Errorf("the payload could not be set back to %d: %w", from, err)
	}
	if from > end {
		from = end
	}
	readerAt, is := reader.(io.ReaderAt)
	if !is {
		readerAt = &seekingReader{seeker: reader.(io.ReadSeeker)}
	}
	return io.NewSectionReader(readerAt, from, end-from), end - from, true, nil
}

// seekingReader makes an io.ReaderAt of an io.ReadSeeker.
type seekingReader struct {
	mu     sync.Mutex
	seeker io.ReadSeeker
}

func (s *seekingReader) ReadAt(buffer []byte, offset int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.seeker.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	return io.ReadFull(s.seeker, buffer)
}
