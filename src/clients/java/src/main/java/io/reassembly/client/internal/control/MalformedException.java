package io.reassembly.client.internal.control;

/** A text that has not the form of the wire contract. */
public class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
        super(message);
    }
}
