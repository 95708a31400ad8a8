package io.reassembly.client.internal.sending;

import io.reassembly.client.errors.ReassemblyException;
import io.reassembly.client.internal.frames.ByteRange;

/** What a transfer wants done next. */
public sealed interface Step {
    /** Nothing, until something arrives or the time has come. */
    record Wait(long untilMs) implements Step {
    }

    /** Send {@code open}. */
    record Open() implements Step {
    }

    /** Send {@code status}. */
    record Ask() implements Step {
    }

    /** Send a chunk. */
    record Send(ByteRange piece, boolean last, int sequence) implements Step {
    }

    /** The outcome is there. */
    record Finish() implements Step {
    }

    /** Give up. */
    record Fail(ReassemblyException failure) implements Step {
    }
}
