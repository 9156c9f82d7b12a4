package dev.hardening.ratelimit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Remembers on a browser that an account has logged in there, so that guessing by strangers cannot keep its owner out.
 *
 * <p>After a login send {@link #issue} as a cookie; with the next attempt give {@link #recognize} to
 * {@link LoginThrottle.Request#withDevice}. Such an attempt is counted on the devices of the account alone and needs no
 * room in the gates that strangers have used up (the device cookies of OWASP). The cookie replaces no password and no
 * second factor: whoever steals one gets a handful of guesses at one account, and then waits; whoever has a thousand of
 * one account gets no more than {@link LoginThrottle.Dimension#ACCOUNT_DEVICES} gives.
 *
 * <p>Only who has shown <em>every</em> factor has logged in. A cookie that is sent after the password and before the code
 * would give whoever knows the password new devices at will, and with them the room of all devices to guess codes in.
 *
 * <p>A token is 57 bytes in base64url: a version, a random id, when it was issued, and HMAC-SHA-256 over these, the
 * tenant and the account. It names nobody. A token that is damaged, expired or another account's is no device, never an
 * error. Immutable, safe for many threads, no I/O.
 */
public final class KnownDevices {
    private static final byte[] PURPOSE = "hardening.ratelimit.known-device.v1".getBytes(StandardCharsets.US_ASCII);
    private static final byte VERSION = 1;
    private static final int ID_BYTES = 16;
    private static final int SIGNED_BYTES = 1 + ID_BYTES + Long.BYTES;
    private static final int TOKEN_CHARACTERS = (SIGNED_BYTES + KeyedHash.BYTES) / 3 * 4;
    private static final int MOST_ACCOUNTS = 8;
    private static final int MOST_CHARACTERS = MOST_ACCOUNTS * (TOKEN_CHARACTERS + 1) - 1;
    private static final Duration SKEW = Duration.ofMinutes(5);

    private final List<KeyedHash> keys;
    private final Duration lifetime;
    private final Clock clock;
    private final SecureRandom random;

    private KnownDevices(Builder builder) {
        keys = builder.keys.stream().map(key -> new KeyedHash(key, PURPOSE)).toList();
        lifetime = builder.lifetime;
        clock = builder.clock;
        random = builder.random;
    }

    /**
     * Starts a builder.
     *
     * @param key signs tokens; at least 32 random bytes, the same in all processes
     * @return a builder for one thread
     */
    public static Builder builder(byte[] key) {
        return new Builder(key.clone());
    }

    /**
     * Makes the cookie for a browser on which an account has just logged in, with its second factor where it has one.
     *
     * @param tenant the account's tenant
     * @param account the account, as given to {@link LoginThrottle}
     * @param carried what the browser sent, or null; the tokens of up to 7 other accounts in it are kept
     * @return 76 to 615 characters that may stand in a cookie; send them {@code Secure}, {@code HttpOnly},
     *     {@code SameSite=Strict} and for {@link #lifetime}
     */
    @SuppressWarnings("exports") // an annotation alone, which callers compile without: docs/adr/0075
    public String issue(String tenant, String account, @Nullable String carried) {
        String owner = owner(tenant, account);
        List<String> tokens = new ArrayList<>(List.of(token(owner)));
        for (Parsed other : parse(carried)) {
            if (tokens.size() < MOST_ACCOUNTS && isCurrent(other) && !isSignedFor(other, owner)) {
                tokens.add(other.text);
            }
        }
        return String.join(".", tokens);
    }

    /**
     * Finds out whether a browser has a current token for an account.
     *
     * @param tenant the tenant of the attempt
     * @param account the account of the attempt
     * @param carried what the browser sent, or null; anything may stand in it
     * @return the device, for which {@link Device#isKnown} may be false
     */
    @SuppressWarnings("exports") // an annotation alone, which callers compile without: docs/adr/0075
    public Device recognize(String tenant, String account, @Nullable String carried) {
        String owner = owner(tenant, account);
        for (Parsed token : parse(carried)) {
            if (isCurrent(token) && isSignedFor(token, owner)) {
                return new Device(owner, token.id());
            }
        }
        return Device.NONE;
    }

    /**
     * Tells how long a token counts, for the {@code Max-Age} of its cookie.
     *
     * @return the time from issuing to expiry
     */
    public Duration lifetime() {
        return lifetime;
    }

    private String token(String owner) {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        ByteBuffer signed = ByteBuffer.allocate(SIGNED_BYTES)
                .put(VERSION)
                .put(id)
                .putLong(clock.instant().getEpochSecond());
        byte[] code = code(keys.get(0), signed.array(), owner);
        return Base64.getUrlEncoder()
                .encodeToString(ByteBuffer.allocate(SIGNED_BYTES + code.length)
                        .put(signed.array())
                        .put(code)
                        .array());
    }

    /** The time is in the token and the lifetime is not, so that a shortened lifetime counts at once. */
    private boolean isCurrent(Parsed token) {
        Instant now = clock.instant();
        long issued = token.issued();
        return issued <= now.plus(SKEW).getEpochSecond()
                && issued > now.minus(lifetime).getEpochSecond();
    }

    private boolean isSignedFor(Parsed token, String owner) {
        boolean signed = false;
        for (KeyedHash key : keys) {
            signed |= MessageDigest.isEqual(code(key, token.signed(), owner), token.code());
        }
        return signed;
    }

    /** Of bounded length, so that many tokens for a huge name are not as many huge codes. */
    private static String owner(String tenant, String account) {
        return ThrottleKeys.person(Objects.requireNonNull(tenant, "tenant"), AccountNames.canonical(account));
    }

    private static byte[] code(KeyedHash key, byte[] signed, String owner) {
        return key.of(signed, owner.getBytes(StandardCharsets.US_ASCII));
    }

    private static List<Parsed> parse(@Nullable String carried) {
        if (carried == null || carried.length() > MOST_CHARACTERS) {
            return List.of();
        }
        List<Parsed> tokens = new ArrayList<>();
        for (String text : carried.split("\\.", -1)) {
            Parsed.of(text).ifPresent(tokens::add);
        }
        return tokens;
    }

    /** Tells nothing. */
    @Override
    public String toString() {
        return "KnownDevices[****]";
    }

    private static final class Parsed {
        private final String text;
        private final ByteBuffer bytes;

        private Parsed(String text, byte[] bytes) {
            this.text = text;
            this.bytes = ByteBuffer.wrap(bytes);
        }

        private static Optional<Parsed> of(String text) {
            if (text.length() != TOKEN_CHARACTERS) {
                return Optional.empty();
            }
            try {
                byte[] bytes = Base64.getUrlDecoder().decode(text);
                return bytes.length == SIGNED_BYTES + KeyedHash.BYTES && bytes[0] == VERSION
                        ? Optional.of(new Parsed(text, bytes))
                        : Optional.empty();
            } catch (IllegalArgumentException notBase64) {
                return Optional.empty();
            }
        }

        private byte[] signed() {
            return part(0, SIGNED_BYTES);
        }

        private byte[] code() {
            return part(SIGNED_BYTES, KeyedHash.BYTES);
        }

        private String id() {
            return Base64.getUrlEncoder().withoutPadding().encodeToString(part(1, ID_BYTES));
        }

        private long issued() {
            return bytes.getLong(1 + ID_BYTES);
        }

        private byte[] part(int start, int length) {
            byte[] part = new byte[length];
            bytes.get(start, part);
            return part;
        }
    }

    /** Says whether an attempt comes from a browser on which its account has logged in before. */
    public static final class Device {
        private static final Device NONE = new Device("", "");

        private final String owner;
        private final String id;

        private Device(String owner, String id) {
            this.owner = owner;
            this.id = id;
        }

        /**
         * Stands for a browser that nobody knows.
         *
         * @return a device that is not known
         */
        public static Device none() {
            return NONE;
        }

        /**
         * Tells whether the browser has proven a login of the account.
         *
         * @return whether it is known
         */
        public boolean isKnown() {
            return !id.isEmpty();
        }

        /** What is counted by, if this is a device of the very account that is tried. */
        Optional<String> idFor(String person) {
            return isKnown() && owner.equals(person) ? Optional.of(id) : Optional.empty();
        }

        /**
         * Tells whether it is known and nothing else.
         *
         * @return without id, tenant and account
         */
        @Override
        public String toString() {
            return isKnown() ? "Device[known]" : "Device[unknown]";
        }
    }

    /** Collects what recognises devices; not for several threads. */
    public static final class Builder {
        private static final Duration SHORTEST = Duration.ofHours(1);
        private static final Duration LONGEST = Duration.ofDays(400);
        private static final int MOST_KEYS = 5;

        private final List<byte[]> keys = new ArrayList<>();
        private Duration lifetime = Duration.ofDays(90);
        private Clock clock = Clock.systemUTC();
        private SecureRandom random = new SecureRandom();

        private Builder(byte[] key) {
            keys.add(key);
        }

        /**
         * Accepts tokens of a key that signs no more; none if not called. Drop it once {@link #lifetime} has passed.
         *
         * @param key as given to {@link KnownDevices#builder} before; at most 4 of them
         * @return this builder
         */
        public Builder previousKey(byte[] key) {
            keys.add(key.clone());
            return this;
        }

        /**
         * Sets how long a token counts; 90 days if not called. A shorter one counts for tokens that are out already.
         *
         * @param time 1 hour to 400 days, the most that browsers keep a cookie
         * @return this builder
         */
        public Builder lifetime(Duration time) {
            lifetime = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Sets the time; the system's if not called.
         *
         * @param wall the clock
         * @return this builder
         */
        public Builder clock(Clock wall) {
            clock = Objects.requireNonNull(wall, "wall");
            return this;
        }

        /**
         * Sets where ids come from; a new {@link SecureRandom} if not called.
         *
         * @param source safe for many threads
         * @return this builder
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Makes it.
         *
         * @return what recognises devices
         * @throws RateLimitConfigurationException if a key is short or not random, there are too many, or the lifetime
         *     is out of range
         */
        public KnownDevices build() {
            List<String> faults = new ArrayList<>();
            for (int index = 0; index < keys.size(); index++) {
                String fault = KeyedHash.fault(keys.get(index));
                if (!fault.isEmpty()) {
                    faults.add((index == 0 ? "key " : "previous key " + index + ' ') + fault);
                }
            }
            if (keys.size() > MOST_KEYS) {
                faults.add("there must be at most " + (MOST_KEYS - 1) + " previous keys, got " + (keys.size() - 1));
            }
            if (lifetime.compareTo(SHORTEST) < 0 || lifetime.compareTo(LONGEST) > 0) {
                faults.add("lifetime must be " + SHORTEST + " to " + LONGEST + ", got " + lifetime);
            }
            if (!faults.isEmpty()) {
                throw new RateLimitConfigurationException(faults);
            }
            return new KnownDevices(this);
        }
    }
}
