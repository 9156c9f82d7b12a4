package dev.hardening.secrets.seal;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.internal.HmacSha256;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/**
 * Makes equal values findable without storing them: 128 bits of a keyed hash of tenant and value.
 *
 * <p>Whoever reads the column sees which rows of a tenant have equal values, and how many, and nothing else; without the
 * key nobody can try values out. Use it where values are mostly unique, such as e-mail addresses, and not for what has
 * few values. What is found must be compared after opening. Each table and column has a key of its own, derived from the
 * secret, which must not be a key of the sealing ring.
 *
 * <p>While the secret is exchanged, {@link #indexes} gives the index of the new secret and of the old one: ask for both,
 * write the first. Its keys stay in memory as long as it does. Safe for many threads.
 */
public final class BlindIndex {
    private static final int LEAST_SECRET_BYTES = 32;
    private static final int INDEX_BYTES = 16;

    private final String purpose;
    private final List<Secret> keys;

    private BlindIndex(String purpose, List<Secret> keys) {
        this.purpose = purpose;
        this.keys = List.copyOf(keys);
    }

    /**
     * Makes the index of a column.
     *
     * @param secret at least 32 bytes; needed only during this call
     * @param table the table
     * @param column the column
     * @return the index
     * @throws SecretsConfigurationException if the secret is too short
     */
    public static BlindIndex of(Secret secret, String table, String column) {
        String purpose = "hardening-blind-index/1 " + table.length() + " " + table + " " + column;
        return new BlindIndex(purpose, List.of()).with(secret);
    }

    /**
     * Adds the secret of before, for look-ups only.
     *
     * @param secret at least 32 bytes; needed only during this call
     * @return a new index that writes as this one does and also finds what was written under {@code secret}
     * @throws SecretsConfigurationException if the secret is too short
     */
    public BlindIndex orPrevious(Secret secret) {
        return with(secret);
    }

    /**
     * Gives what to write beside the value.
     *
     * @param scope the tenant, or whatever the value is unique in; may be empty
     * @param value in the one spelling that counts as equal: trim it and fold its case before
     * @return 22 letters, digits, dashes and underscores
     * @throws IllegalArgumentException if one of them holds half a surrogate pair
     */
    public String index(String scope, String value) {
        return index(keys.get(0), scope, value);
    }

    /**
     * Gives what to look for.
     *
     * @param scope the tenant, or whatever the value is unique in; may be empty
     * @param value in the one spelling that counts as equal
     * @return the index that is written now, then those of earlier secrets
     */
    public List<String> indexes(String scope, String value) {
        return keys.stream().map(key -> index(key, scope, value)).toList();
    }

    private BlindIndex with(Secret secret) {
        if (secret.length() < LEAST_SECRET_BYTES) {
            throw new SecretsConfigurationException(List.of("the secret of a blind index must have at least "
                    + LEAST_SECRET_BYTES + " bytes, got " + secret.length()));
        }
        List<Secret> more = new ArrayList<>(keys);
        more.add(secret.derive(purpose, LEAST_SECRET_BYTES));
        return new BlindIndex(purpose, more);
    }

    private static String index(Secret key, String scope, String value) {
        Objects.requireNonNull(scope, "scope");
        Objects.requireNonNull(value, "value");
        byte[] input = SealContext.of(scope, value).encoded();
        byte[] hash = key.use(bytes -> HmacSha256.keyed(bytes).doFinal(input));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, INDEX_BYTES));
    }
}
