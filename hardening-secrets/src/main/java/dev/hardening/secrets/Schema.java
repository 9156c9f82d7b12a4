package dev.hardening.secrets;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * All the variables a program needs, checked at once at its start.
 *
 * <p>A missing or malformed value is a fault everywhere. A secret that is weak, a placeholder, a pattern, published,
 * derived from a name or a host, expired or used twice is a fault in production, which is the default, and a warning
 * elsewhere. No message holds any part of a value. Immutable and safe for many threads.
 *
 * <p>Beside a secret {@code NAME} two more variables are read where they are set: {@code NAME_PREVIOUS}, which must be
 * another secret, and {@code NAME_EXPIRES}, a day ({@code 2027-01-31}, UTC) from which on it counts as expired.
 */
public final class Schema {
    private final List<Setting> settings;
    private final Profile profile;
    private final List<String> origins;
    private final List<KnownSecrets> knownSecrets;
    private final Clock clock;

    private Schema(Builder builder) {
        settings = List.copyOf(builder.settings);
        profile = builder.profile;
        origins = List.copyOf(builder.origins);
        knownSecrets = List.copyOf(builder.knownSecrets);
        clock = builder.clock;
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
        return new SchemaCheck(this, source).run();
    }

    List<Setting> settings() {
        return settings;
    }

    Profile profile() {
        return profile;
    }

    List<String> origins() {
        return origins;
    }

    List<KnownSecrets> knownSecrets() {
        return knownSecrets;
    }

    Clock clock() {
        return clock;
    }

    /** Collects settings; not safe for many threads. */
    public static final class Builder {
        private final List<Setting> settings = new ArrayList<>();
        private final List<String> origins = new ArrayList<>();
        private final List<KnownSecrets> knownSecrets = new ArrayList<>();
        private Profile profile = Profile.PRODUCTION;
        private Clock clock = Clock.systemUTC();

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
         * Adds a list of secrets that others know; none but a few built in if not called. May be called again.
         *
         * @param list what no secret of the schema may be in
         * @return this builder
         */
        public Builder knownSecrets(KnownSecrets list) {
            knownSecrets.add(Objects.requireNonNull(list, "list"));
            return this;
        }

        /**
         * Names what a secret must not be made of, such as a product, a company or a machine; the name of the secret
         * itself, and hosts and user names in the URIs of the schema, are looked for without being named.
         *
         * @param words at least six letters or digits each, compared without regard to case and punctuation
         * @return this builder
         */
        public Builder notDerivedFrom(String... words) {
            origins.addAll(List.of(words));
            return this;
        }

        /**
         * Replaces the clock that {@code <NAME>_EXPIRES} is compared with; the system's if not called.
         *
         * @param time read once a check and dated secret
         * @return this builder
         */
        public Builder clock(Clock time) {
            clock = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Makes the schema.
         *
         * @return the schema
         * @throws SecretsConfigurationException if a name occurs twice, a default breaks its own format, or a variable is
         *     required in production and may be absent there all the same; it lists all such faults
         */
        public Schema build() {
            List<String> faults = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (Setting setting : settings) {
                if (!names.add(setting.name())) {
                    faults.add(setting.name() + " is in the schema twice");
                }
                faults.addAll(setting.contradictions());
                setting.fallback()
                        .filter(text -> setting.kind().read(text).isEmpty())
                        .ifPresent(text -> faults.add("the default of " + setting.name() + " "
                                + setting.kind().grammar()));
            }
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            return new Schema(this);
        }
    }
}
