package io.reassembly.client.errors;

/**
 * The limit that was passed.
 *
 * @param name which limit, as in {@code welcome.limits}; null where not said, as are the others
 * @param max its value
 * @param actual what came
 * @param hop who keeps it
 */
public record LimitDetail(String name, Long max, Long actual, String hop) {
}
