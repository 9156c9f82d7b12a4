package dev.hardening.auth.password;

import dev.hardening.auth.AuthConfigurationException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator.FixedBlockPool;

/**
 * Hashes passwords with Argon2id (RFC 9106) into PHC strings.
 *
 * <p>Default and floor are OWASP's: 19 MiB, two passes, one lane, or what costs an attacker as much; less is refused at
 * build. The salt has 16 random bytes, the tag 32. Stored parameters are bounded before anything is allocated (256 MiB,
 * 10 passes, 16 lanes), so that a damaged row cannot exhaust the heap.
 *
 * <p>A call takes tens of milliseconds on the calling thread and no I/O. The blocks of finished calls are kept, at most
 * one set for each core, and wiped before they are used again.
 */
public final class Argon2idHasher implements PasswordHasher {
    private static final int SALT_BYTES = 16;
    private static final int TAG_BYTES = 32;
    // The generator hands back four scratch blocks before the memory itself.
    private static final int SCRATCH_BLOCKS = 8;

    private final PhcString.Cost cost;
    private final SecureRandom random;
    private final BlockingQueue<FixedBlockPool> pools;
    private final Password.Hash decoy;

    private Argon2idHasher(Builder builder) {
        cost = builder.cost();
        random = builder.random;
        pools = new ArrayBlockingQueue<>(Runtime.getRuntime().availableProcessors());
        decoy = new Password.Hash(new PhcString(cost, bytes(SALT_BYTES), bytes(TAG_BYTES)).toString());
    }

    /**
     * Makes a hasher with OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
     *
     * @return the hasher
     */
    public static Argon2idHasher owasp() {
        return builder().build();
    }

    /**
     * Starts from the same parameters, to raise them.
     *
     * @return a builder, not safe for many threads
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Password.Hash hash(Password password) {
        Objects.requireNonNull(password, "password");
        byte[] salt = bytes(SALT_BYTES);
        PhcString made = new PhcString(cost, salt, tag(password, cost, salt, TAG_BYTES));
        return password.usable() ? new Password.Hash(made.toString()) : decoy;
    }

    @Override
    public boolean matches(Password password, Password.Hash record) {
        Objects.requireNonNull(password, "password");
        PhcString stored = PhcString.parse(record.text());
        byte[] salt = stored.salt();
        byte[] expected = stored.tag();
        byte[] actual = tag(password, stored.cost(), salt, expected.length);
        return MessageDigest.isEqual(expected, actual) && password.usable();
    }

    @Override
    public boolean outdated(Password.Hash record) {
        PhcString stored = PhcString.parse(record.text());
        return !stored.cost().equals(cost) || stored.salt().length < SALT_BYTES || stored.tag().length < TAG_BYTES;
    }

    @Override
    public Password.Hash decoy() {
        return decoy;
    }

    private byte[] tag(Password password, PhcString.Cost wanted, byte[] salt, int length) {
        FixedBlockPool pool = pools.poll();
        if (pool == null) {
            pool = new FixedBlockPool(cost.memoryKib() + SCRATCH_BLOCKS);
        }
        byte[] out = new byte[length];
        try {
            Argon2BytesGenerator generator = new Argon2BytesGenerator();
            generator.init(
                    wanted.parameters().withSalt(salt).withBlockPool(pool).build());
            password.use(bytes -> generator.generateBytes(bytes, out));
            return out;
        } finally {
            pools.offer(pool);
        }
    }

    private byte[] bytes(int count) {
        byte[] fresh = new byte[count];
        random.nextBytes(fresh);
        return fresh;
    }

    /** Collects parameters; not safe for many threads. */
    public static final class Builder {
        private static final int KIB_PER_MIB = 1024;
        private static final int OWASP_MEMORY_MIB = 19;
        private static final int OWASP_PASSES = 2;

        private int memoryKib = OWASP_MEMORY_MIB * KIB_PER_MIB;
        private int iterations = OWASP_PASSES;
        private int parallelism = 1;
        private SecureRandom random = new SecureRandom();

        private Builder() {}

        /**
         * Sets the memory of one hash; not calling it means 19456 KiB.
         *
         * @param kibibytes up to 262144
         * @return this
         */
        public Builder memoryKib(int kibibytes) {
            memoryKib = kibibytes;
            return this;
        }

        /**
         * Sets the number of passes over the memory; not calling it means 2.
         *
         * @param passes 1 to 10
         * @return this
         */
        public Builder iterations(int passes) {
            iterations = passes;
            return this;
        }

        /**
         * Sets the number of lanes; not calling it means 1, which is right where a gate already fills the cores.
         *
         * @param lanes 1 to 16
         * @return this
         */
        public Builder parallelism(int lanes) {
            parallelism = lanes;
            return this;
        }

        /**
         * Sets where salts come from; not calling it means a {@code SecureRandom} of its own.
         *
         * @param source safe for many threads
         * @return this
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Builds the hasher.
         *
         * @return safe for many threads
         * @throws AuthConfigurationException if the parameters are under the floor or over the bounds
         */
        public Argon2idHasher build() {
            List<String> faults = new ArrayList<>();
            PhcString.Cost wanted = cost();
            if (!wanted.bounded()) {
                faults.add("Argon2id parameters must be within m <= 262144, t <= 10, p <= 16, m >= 8p, got " + wanted);
            }
            if (!wanted.atLeastOwasp()) {
                faults.add("Argon2id must cost at least m=47104,t=1 or m=19456,t=2 or m=12288,t=3, got " + wanted);
            }
            if (!faults.isEmpty()) {
                throw new AuthConfigurationException(faults);
            }
            return new Argon2idHasher(this);
        }

        private PhcString.Cost cost() {
            return new PhcString.Cost(memoryKib, iterations, parallelism);
        }
    }
}
