package dev.hardening.secrets;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** How programs read an env file, written from their documentation; used where the program itself is not installed. */
final class EnvReaders {
    static final Map<String, BiFunction<List<String>, Map<String, String>, Map<String, String>>> ALL = Map.of(
            "docker", (lines, environment) -> docker(lines),
            "compose", EnvReaders::compose,
            "systemd", (lines, environment) -> systemd(lines),
            "node", (lines, environment) -> node(lines));

    private EnvReaders() {}

    /** {@code docker run --env-file}: all behind the first equals sign, as it is; a line that begins with # is a comment. */
    private static Map<String, String> docker(List<String> lines) {
        Map<String, String> read = new LinkedHashMap<>();
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (!line.isBlank() && !line.startsWith("#") && equals > 0) {
                read.put(line.substring(0, equals).stripLeading(), line.substring(equals + 1));
            }
        }
        return read;
    }

    /** Compose: quotes go, {@code $NAME} is replaced but in single quotes, a # behind a space begins a comment. */
    private static Map<String, String> compose(List<String> lines, Map<String, String> environment) {
        Map<String, String> read = new LinkedHashMap<>();
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (line.isBlank() || line.stripLeading().startsWith("#") || equals < 1) {
                continue;
            }
            String value = line.substring(equals + 1).strip();
            String name = line.substring(0, equals).strip().replaceFirst("^export\\s+", "");
            if (quoted(value, '\'')) {
                read.put(name, inner(value));
            } else if (quoted(value, '"')) {
                String plain =
                        inner(value).replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\");
                read.put(name, expanded(plain, environment));
            } else {
                read.put(name, expanded(value.replaceFirst("\\s+#.*$", ""), environment));
            }
        }
        return read;
    }

    /** systemd.exec(5): a backslash takes itself away, quotes go, ; and # begin a comment line, nothing is replaced. */
    private static Map<String, String> systemd(List<String> lines) {
        Map<String, String> read = new LinkedHashMap<>();
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (line.isBlank() || line.matches("\\s*[;#].*") || equals < 1) {
                continue;
            }
            String value = line.substring(equals + 1).strip();
            String name = line.substring(0, equals).strip();
            if (quoted(value, '\'')) {
                read.put(name, inner(value));
            } else if (quoted(value, '"')) {
                read.put(name, inner(value).replaceAll("\\\\([\"\\\\`$])", "$1"));
            } else {
                read.put(name, value.replaceAll("\\\\(.)", "$1"));
            }
        }
        return read;
    }

    /** Node: quotes of three kinds go, a # begins a comment in a bare value, \n is a line end in double quotes. */
    private static Map<String, String> node(List<String> lines) {
        Map<String, String> read = new LinkedHashMap<>();
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (line.isBlank() || line.stripLeading().startsWith("#") || equals < 1) {
                continue;
            }
            String value = line.substring(equals + 1).strip();
            String name = line.substring(0, equals).strip().replaceFirst("^export\\s+", "");
            if (quoted(value, '\'') || quoted(value, '`')) {
                read.put(name, inner(value));
            } else if (quoted(value, '"')) {
                read.put(name, inner(value).replace("\\n", "\n"));
            } else {
                read.put(name, value.replaceFirst("#.*$", "").strip());
            }
        }
        return read;
    }

    private static boolean quoted(String value, char quote) {
        return value.length() > 1 && value.charAt(0) == quote && value.charAt(value.length() - 1) == quote;
    }

    private static String inner(String value) {
        return value.substring(1, value.length() - 1);
    }

    private static String expanded(String value, Map<String, String> environment) {
        String text = value;
        for (Map.Entry<String, String> each : environment.entrySet()) {
            text = text.replace("${" + each.getKey() + "}", each.getValue())
                    .replace("$" + each.getKey(), each.getValue());
        }
        return text;
    }
}
