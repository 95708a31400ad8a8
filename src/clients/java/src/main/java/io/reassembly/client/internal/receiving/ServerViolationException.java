package io.reassembly.client.internal.receiving;

/** The server broke the protocol: the connection ends, as after any other failure of it, and the next one begins anew. */
final class ServerViolationException extends Exception {
    private static final long serialVersionUID = 1L;

    ServerViolationException(String what) {
        super("the server broke the protocol: " + what);
    }
}
