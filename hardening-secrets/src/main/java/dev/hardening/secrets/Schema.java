package dev.hardening.secrets;

import dev.hardening.secrets.SchemaReport.Finding;
import dev.hardening.secrets.SchemaReport.Severity;
import dev.hardening.secrets.Setting.Presence;
import dev.hardening.secrets.Setting.ValueRule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * All the variables a program needs, checked at once at its start.
 *
 * <p>A missing or malformed value is a fault everywhere. A secret that is weak, a placeholder, a pattern, published or
 * used twice is a fault in production, which is the default, and a warning elsewhere. No message holds any part of a
 * value. Immutable and safe for many threads.
 */
public final class Schema {
    private final List<Setting> settings;
    private final Profile profile;

    private Schema(List<Setting> settings, Profile profile) {
        this.settings = settings;
        this.profile = profile;
    }

    /** How strict a check is. */
    public enum Profile {
        /** Weak secrets are warned about, so that one can start at once. */
        DEVELOPMENT,
        /** Nothing that is warned about elsewhere is let through. */
        PRODUCTION
    }

    /**
     * Starts a schema for production.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads every setting and checks every rule.
     *
     * @param source where the values come from
     * @return all that was found, in the order of the schema
     * @throws SecretsUnavailableException if the source does not answer
     */
    public SchemaReport check(SecretSource source) {
        Objects.requireNonNull(source, "source");
        Check check = new Check(profile);
        for (Setting setting : settings) {
            check.accept(setting, source.find(setting.name()));
        }
        return check.report(settings);
    }

    /** One run over the settings. */
    private static final class Check {
        private final Profile profile;
        private final List<Finding> findings = new ArrayList<>();
        private final Map<String, Object> values = new LinkedHashMap<>();
        private final Map<String, Secret> secrets = new LinkedHashMap<>();

        Check(Profile profile) {
            this.profile = profile;
        }

        void accept(Setting setting, Optional<Secret> found) {
            if (setting.secret()) {
                found.ifPresentOrElse(secret -> acceptSecret(setting, secret), () -> missing(setting));
                return;
            }
            Optional<String> text = found.map(Secret::reveal).or(setting::fallback);
            text.ifPresentOrElse(value -> acceptText(setting, value), () -> missing(setting));
        }

        SchemaReport report(List<Setting> settings) {
            Map<String, Class<?>> kinds = new LinkedHashMap<>();
            settings.forEach(setting -> kinds.put(setting.name(), setting.kind().type()));
            return new SchemaReport(findings, new Settings(kinds, values));
        }

        private void missing(Setting setting) {
            boolean mandatory = setting.presence() == Presence.MANDATORY
                    || (setting.presence() == Presence.MANDATORY_IN_PRODUCTION && profile == Profile.PRODUCTION);
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
            values.put(setting.name(), value.get());
            for (ValueRule rule : setting.rules()) {
                if (!rule.holds().test(text)) {
                    add(setting, rule.id(), rule.soft() ? soft() : Severity.FAULT, rule.message());
                }
            }
        }

        private void acceptSecret(Setting setting, Secret secret) {
            SecretRules.broken(setting.name(), secret, setting.minBits())
                    .forEach((rule, message) -> add(setting, rule, soft(), message));
            secrets.forEach((earlier, other) -> {
                if (other.matches(secret)) {
                    add(setting, "reused", soft(), "is the same secret as " + earlier);
                }
            });
            secrets.put(setting.name(), secret);
            values.put(setting.name(), secret);
        }

        private Severity soft() {
            return profile == Profile.PRODUCTION ? Severity.FAULT : Severity.WARNING;
        }

        private void add(Setting setting, String rule, Severity severity, String message) {
            findings.add(new Finding(setting.name(), rule, severity, setting.worded(message)));
        }
    }

    /** Collects settings; not safe for many threads. */
    public static final class Builder {
        private final List<Setting> settings = new ArrayList<>();
        private Profile profile = Profile.PRODUCTION;

        private Builder() {}

        /**
         * Says how strict to be; {@link Profile#PRODUCTION} if not called.
         *
         * @param strictness the profile
         * @return this builder
         */
        public Builder profile(Profile strictness) {
            profile = Objects.requireNonNull(strictness, "strictness");
            return this;
        }

        /**
         * Adds a setting.
         *
         * @param setting reported in the order of these calls
         * @return this builder
         */
        public Builder add(Setting setting) {
            settings.add(Objects.requireNonNull(setting, "setting"));
            return this;
        }

        /**
         * Adds a mandatory secret of 256 bits.
         *
         * @param name the variable
         * @return this builder
         */
        public Builder secret(String name) {
            return add(Setting.secret(name));
        }

        /**
         * Adds a mandatory text.
         *
         * @param name the variable
         * @return this builder
         */
        public Builder text(String name) {
            return add(Setting.text(name));
        }

        /**
         * Adds a port with a default.
         *
         * @param name the variable
         * @param fallback taken where the variable is absent
         * @return this builder
         */
        public Builder port(String name, int fallback) {
            return add(Setting.port(name).orElse(Integer.toString(fallback)));
        }

        /**
         * Adds a mandatory URI.
         *
         * @param name the variable
         * @param schemes the schemes allowed
         * @return this builder
         */
        public Builder uri(String name, String... schemes) {
            return add(Setting.uri(name, schemes));
        }

        /**
         * Makes the schema.
         *
         * @return the schema
         * @throws SecretsConfigurationException if a name occurs twice or a default breaks its own format
         */
        public Schema build() {
            List<String> faults = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (Setting setting : settings) {
                if (!names.add(setting.name())) {
                    faults.add(setting.name() + " is in the schema twice");
                }
                setting.fallback()
                        .filter(text -> setting.kind().read(text).isEmpty())
                        .ifPresent(text -> faults.add("the default of " + setting.name() + " "
                                + setting.kind().grammar()));
            }
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            return new Schema(List.copyOf(settings), profile);
        }
    }
}
