package dev.hardening.secrets;

import dev.hardening.secrets.Schema.Profile;
import dev.hardening.secrets.SchemaReport.Finding;
import dev.hardening.secrets.SchemaReport.Severity;
import dev.hardening.secrets.Setting.Presence;
import dev.hardening.secrets.Setting.ValueRule;
import java.net.URI;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** One run over the settings of a schema. */
final class SchemaCheck {
    private final Schema schema;
    private final SecretSource source;
    private final Set<String> origins;
    private List<String> folded = List.of();
    private final Map<String, Optional<Secret>> found = new LinkedHashMap<>();
    private final List<Finding> findings = new ArrayList<>();
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, Secret> secrets = new LinkedHashMap<>();

    SchemaCheck(Schema schema, SecretSource source) {
        this.schema = schema;
        this.source = source;
        this.origins = new LinkedHashSet<>(schema.origins());
    }

    /** Reads all before it judges any, since a secret is compared with hosts that stand behind it in the schema. */
    SchemaReport run() {
        boolean started = false;
        try {
            judge();
            started = findings.stream().noneMatch(finding -> finding.severity() == Severity.FAULT);
        } finally {
            close(started);
        }
        Map<String, Class<?>> kinds = new LinkedHashMap<>();
        schema.settings()
                .forEach(setting -> kinds.put(setting.name(), setting.kind().type()));
        return new SchemaReport(findings, new Settings(kinds, values));
    }

    /** Only secrets are handed on, and where there is a fault, nothing is. */
    private void close(boolean started) {
        found.values().stream()
                .flatMap(Optional::stream)
                .filter(secret -> !started || !values.containsValue(secret))
                .forEach(Secret::close);
    }

    private void judge() {
        for (Setting setting : schema.settings()) {
            found.put(setting.name(), source.find(setting.name()));
            collectOrigins(setting);
        }
        folded = PlaceholderGrammar.foldable(origins);
        for (Setting setting : schema.settings()) {
            accept(setting, found.getOrDefault(setting.name(), Optional.empty()));
        }
    }

    private void collectOrigins(Setting setting) {
        if (setting.kind().type().equals(URI.class)) {
            textOf(setting).flatMap(setting.kind()::read).map(URI.class::cast).stream()
                    .flatMap(SchemaCheck::hostAndUser)
                    .forEach(origins::add);
        }
    }

    private Optional<String> textOf(Setting setting) {
        return found.getOrDefault(setting.name(), Optional.empty())
                .map(Secret::reveal)
                .or(setting::fallback);
    }

    private static Stream<String> hostAndUser(URI uri) {
        URI inner = uri;
        while (inner.isOpaque() && inner.getSchemeSpecificPart().contains("://")) {
            try {
                inner = URI.create(inner.getRawSchemeSpecificPart());
            } catch (IllegalArgumentException malformed) {
                return Stream.empty();
            }
        }
        String user = Objects.requireNonNullElse(inner.getUserInfo(), "");
        int password = user.indexOf(':');
        return Stream.of(
                        Objects.requireNonNullElse(inner.getHost(), ""),
                        password < 0 ? user : user.substring(0, password))
                .flatMap(part -> Stream.concat(Stream.of(part), Stream.of(part.split("\\.", -1))));
    }

    private void accept(Setting setting, Optional<Secret> value) {
        if (setting.secret()) {
            value.ifPresentOrElse(secret -> acceptSecret(setting, secret), () -> missing(setting));
            return;
        }
        textOf(setting).ifPresentOrElse(text -> acceptText(setting, text), () -> missing(setting));
    }

    private void missing(Setting setting) {
        boolean mandatory = setting.presence() == Presence.MANDATORY
                || (setting.presence() == Presence.MANDATORY_IN_PRODUCTION && schema.profile() == Profile.PRODUCTION);
        if (mandatory) {
            add(setting, "missing", Severity.FAULT, "is not set");
        }
    }

    private void acceptText(Setting setting, String text) {
        Optional<?> value = setting.kind().read(text);
        if (value.isEmpty()) {
            add(setting, "format", Severity.FAULT, setting.kind().grammar());
            return;
        }
        if (SecretRules.sealed(text)) {
            add(setting, "sealed", soft(), SecretRules.SEALED);
        }
        values.put(setting.name(), value.get());
        for (ValueRule rule : setting.rules()) {
            if (!rule.holds().test(text)) {
                add(setting, rule.id(), rule.soft() ? soft() : Severity.FAULT, rule.message());
            }
        }
    }

    private void acceptSecret(Setting setting, Secret secret) {
        Map<String, String> broken = SecretRules.broken(setting.name(), secret, setting.minBits());
        if (schema.knownSecrets().stream().anyMatch(list -> list.contains(secret))) {
            broken.putIfAbsent("published", "is in a list of known secrets");
        }
        broken.forEach((rule, message) -> add(setting, rule, soft(), message));
        if (SecretRules.derived(secret, folded)) {
            add(setting, "derived", soft(), "is made of a name, a host or a user that others know");
        }
        expired(setting);
        reused(setting, secret);
        secrets.put(setting.name(), secret);
        values.put(setting.name(), secret);
    }

    private void expired(Setting setting) {
        String name = setting.name() + "_EXPIRES";
        source.find(name).map(SchemaCheck::revealed).ifPresent(day -> {
            try {
                LocalDate today = LocalDate.ofInstant(schema.clock().instant(), ZoneOffset.UTC);
                if (!today.isBefore(LocalDate.parse(day))) {
                    add(setting, "expired", soft(), "has expired, as " + name + " says");
                }
            } catch (DateTimeParseException malformed) {
                String message = setting.name() + " has a day of expiry that is no day";
                String hint = "Write " + name + " as 2027-01-31";
                findings.add(new Finding(setting.name(), "format", Severity.FAULT, message, hint));
            }
        });
    }

    private void reused(Setting setting, Secret secret) {
        String previous = setting.name() + "_PREVIOUS";
        if (!found.containsKey(previous)) {
            source.find(previous)
                    .filter(other -> matches(secret, other))
                    .ifPresent(same -> add(setting, "reused", soft(), "is the same secret as " + previous));
        }
        secrets.forEach((earlier, other) -> {
            if (other.matches(secret)) {
                add(setting, "reused", soft(), "is the same secret as " + earlier);
            }
        });
    }

    private static String revealed(Secret copy) {
        try (copy) {
            return copy.reveal();
        }
    }

    private static boolean matches(Secret secret, Secret copy) {
        try (copy) {
            return secret.matches(copy);
        }
    }

    private Severity soft() {
        return schema.profile() == Profile.PRODUCTION ? Severity.FAULT : Severity.WARNING;
    }

    private void add(Setting setting, String rule, Severity severity, String message) {
        String hint = SchemaRule.hint(rule, setting);
        findings.add(new Finding(setting.name(), rule, severity, setting.name() + " " + message, hint));
    }
}
