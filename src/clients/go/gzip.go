package reassembly

import (
	"bytes"
	"compress/gzip"
	"io"
)

// compressing gives the gzip of another reader, made as it is read.
type compressing struct {
	plain  io.Reader
	writer *gzip.Writer
	made   bytes.Buffer
	buffer []byte
	err    error
}

func newCompressing(plain io.Reader) *compressing {
	c := &compressing{plain: plain, buffer: make([]byte, 65_536)}
	c.writer = gzip.NewWriter(&c.made)
	return c
}

func (c *compressing) Read(p []byte) (int, error) {
	for c.made.Len() == 0 && c.err == nil {
		n, err := c.plain.Read(c.buffer)
		c.writer.Write(c.buffer[:n]) // into memory: cannot fail
		if err == io.EOF {
			c.writer.Close()
		}
		c.err = err
	}
	if c.made.Len() > 0 {
		return c.made.Read(p)
	}
	return 0, c.err
}

// bounded fails when a decompressor makes more than it may, and tells the end only once the compressed bytes behind it were read
// to their own end, and so verified.
type bounded struct {
	id        ID
	plain     io.Reader
	sent      io.Reader
	left, max int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, &TooBigError{ID: b.id, Max: b.max}
	}
	n, err := b.plain.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, &TooBigError{ID: b.id, Max: b.max}
	}
	if err == io.EOF {
		if _, rest := io.Copy(io.Discard, b.sent); rest != nil {
			err = rest
		}
	}
	return n, err
}

// decoding begins with the first read, since the header of a compressed payload is not there before.
type decoding struct {
	sent   io.Reader
	decode func(io.Reader) (io.Reader, error)
	plain  io.Reader
	err    error
}

func (d *decoding) Read(p []byte) (int, error) {
	if d.plain == nil && d.err == nil {
		d.plain, d.err = d.decode(d.sent)
	}
	if d.err != nil {
		return 0, d.err
	}
	return d.plain.Read(p)
}

func gunzip(sent io.Reader) (io.Reader, error) { return gzip.NewReader(sent) }
