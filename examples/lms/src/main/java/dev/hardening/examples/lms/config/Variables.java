package dev.hardening.examples.lms.config;

import dev.hardening.examples.lms.StartRefusedException;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads variables and collects what is wrong with them; no message holds a value that may be secret. */
final class Variables {
    private static final int MAX_PORT = 65_535;
    private static final Pattern CIDR = Pattern.compile("(?:[0-9.]{7,15}|([0-9A-Fa-f:]{2,39}))/([0-9]{1,3})");

    private final SecretSource source;
    private final List<String> faults = new ArrayList<>();

    Variables(SecretSource source) {
        this.source = source;
    }

    void fault(String message) {
        faults.add(message);
    }

    void orThrow() {
        if (!faults.isEmpty()) {
            throw new StartRefusedException(faults);
        }
    }

    Optional<Secret> secret(String name) {
        return source.find(name);
    }

    Optional<String> text(String name) {
        return source.find(name).map(Secret::reveal).map(String::strip).filter(text -> !text.isEmpty());
    }

    Optional<String> oneOf(String name, List<String> allowed) {
        Optional<String> found = text(name);
        if (found.isPresent() && !allowed.contains(found.get())) {
            fault(name + " must be one of " + allowed + ", got \"" + found.get() + "\"");
            return Optional.empty();
        }
        return found;
    }

    int port(String name, int otherwise) {
        Optional<String> found = text(name);
        if (found.isEmpty()) {
            return otherwise;
        }
        if (!found.get().matches("[0-9]{1,5}") || Integer.parseInt(found.get()) > MAX_PORT) {
            fault(name + " must be a port, 0 to " + MAX_PORT + ", got \"" + found.get() + "\"");
            return otherwise;
        }
        return Integer.parseInt(found.get());
    }

    /** An address to which paths are appended. */
    Optional<URI> base(String name) {
        Optional<String> found = text(name);
        Optional<URI> uri = found.flatMap(Variables::parse)
                .filter(parsed -> List.of("http", "https").contains(parsed.getScheme()))
                .filter(parsed -> parsed.getHost() != null && parsed.getRawUserInfo() == null)
                .filter(parsed -> parsed.getRawQuery() == null && parsed.getRawFragment() == null);
        if (found.isPresent() && uri.isEmpty()) {
            fault(name + " must read https://host[:port][/path] with no user, query or fragment");
        }
        return uri.map(parsed -> URI.create(parsed.toString().replaceAll("/+$", "")));
    }

    List<String> cidrs(String name) {
        List<String> ranges = text(name).stream()
                .flatMap(list -> Arrays.stream(list.split(",", -1)))
                .map(String::strip)
                .toList();
        for (String range : ranges) {
            Matcher parts = CIDR.matcher(range);
            if (!parts.matches() || Integer.parseInt(parts.group(2)) > (parts.group(1) == null ? 32 : 128)) {
                fault(name + " must be a list like 10.0.0.0/8, fd00::/8; this is no range: \"" + range + "\"");
            }
        }
        return ranges;
    }

    private static Optional<URI> parse(String text) {
        try {
            return Optional.of(URI.create(text));
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }
}
