package io.reassembly.client.internal.sources;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file, or another channel that can go back. A channel that is slow to read slows the other messages of its client down. */
public final class ChannelSource extends ReplayableSource {
    private final SeekableByteChannel channel;
    private final long start;
    private final boolean isOwned;

    private ChannelSource(SeekableByteChannel channel, long start, long size, boolean isOwned) {
        super(size);
        this.channel = channel;
        this.start = start;
        this.isOwned = isOwned;
    }

    /** From where the channel stands; it stays the caller's, who leaves it alone until the send ends. */
    public static ChannelSource of(SeekableByteChannel channel) throws IOException {
        long start = channel.position();
        return new ChannelSource(channel, start, Math.max(0, channel.size() - start), false);
    }

    public static ChannelSource open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        return new ChannelSource(channel, 0, channel.size(), true);
    }

    @Override
    void copy(long offset, byte[] into, int at, int length) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(into, at, length);
        channel.position(start + offset);
        while (rest.hasRemaining()) {
            if (channel.read(rest) < 0) {
                throw new EOFException("the payload has become shorter while it was sent: nothing at byte " + (offset + length - rest.remaining()));
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (isOwned) {
            channel.close();
        }
    }
}
