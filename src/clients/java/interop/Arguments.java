import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** {@code COMMAND --option value …}. */
final class Arguments {
    private final Map<String, String> values = new HashMap<>();

    static Arguments parse(String[] args) {
        Arguments parsed = new Arguments();
        for (int index = 1; index < args.length; index += 2) {
            if (!args[index].startsWith("--") || index + 1 == args.length) {
                throw new IllegalArgumentException("'" + args[index] + "' is not --option value");
            }

            parsed.values.put(args[index].substring(2), args[index + 1]);
        }

        return parsed;
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("--" + name + " is missing");
        }

        return value;
    }

    String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    int number(String name) {
        return Integer.parseInt(text(name));
    }

    int number(String name, int otherwise) {
        return has(name) ? number(name) : otherwise;
    }

    URI uri(String name) {
        return URI.create(text(name));
    }

    Path path(String name) {
        return Path.of(text(name));
    }
}
