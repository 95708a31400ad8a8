package io.reassembly.client.internal.control;

/** A control message of a type that this version does not know: it is for newer clients. */
public final class UnknownTypeException extends MalformedException {
    private static final long serialVersionUID = 1L;

    UnknownTypeException(String type) {
        super("type '" + type + "' is not known");
    }
}
