"""The protocol without I/O: frames, control messages, the cutter, the state machines of sending and receiving."""
