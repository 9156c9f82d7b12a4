package dev.hardening.secrets.seal;

import dev.hardening.secrets.internal.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;

/**
 * Seals the texts of one database column, each for its row.
 *
 * <p>The context is table, column, the scopes of {@link #within}, row. A value copied into another row, column or tenant
 * does not open there. Sealed texts are base64url without padding: 111 characters for an empty value, four more for each
 * three bytes; the length of the value shows. Equal values give different texts, so searching needs a {@link BlindIndex}.
 *
 * <p>Immutable; safe for many threads.
 */
public final class FieldCipher {
    private final Sealer sealer;
    private final SealContext column;

    FieldCipher(Sealer sealer, SealContext column) {
        this.sealer = sealer;
        this.column = column;
    }

    /**
     * Narrows the cipher to the rows of one tenant, or of whatever else a row belongs to.
     *
     * @param scope what the rows have in common; not empty
     * @return a cipher that opens only what one of the same scope sealed
     * @throws IllegalArgumentException if it is empty: {@link SealedColumn} tells a row without a scope by that
     */
    public FieldCipher within(String scope) {
        if (scope.isEmpty()) {
            throw new IllegalArgumentException("scope must not be empty");
        }
        return new FieldCipher(sealer, column.and(scope));
    }

    /**
     * Seals a value.
     *
     * @param row what identifies the row for good, such as its primary key; not something that may change
     * @param value the text
     * @return letters, digits, dashes and underscores, never the same twice
     * @throws IllegalArgumentException if one of them holds half a surrogate pair
     */
    public String seal(String row, String value) {
        byte[] plain = Utf8.bytes(Objects.requireNonNull(value, "value"), "value");
        try {
            return encoded(sealer.seal(plain, column.and(row)));
        } finally {
            Arrays.fill(plain, (byte) 0);
        }
    }

    /**
     * Opens a value.
     *
     * @param row the row it is read from
     * @param text what stands there
     * @return {@link Opening.Opened} with the value, or {@link Opening.Refused} if it was not sealed for this row
     */
    public Opening<String> open(String row, String text) {
        SealContext place = column.and(row);
        Opening<byte[]> opening =
                bytes(text).map(message -> sealer.open(message, place)).orElseGet(Opening.Refused::new);
        return opening.fold(plain -> new Opening.Opened<>(text(plain)), Opening.Refused::of);
    }

    /**
     * Tells whether a value should be sealed anew.
     *
     * @param text what stands in the row
     * @return whether it names another key than the ACTIVE one; what is no sealed text does not
     */
    public boolean needsRewrap(String text) {
        return bytes(text).filter(sealer::needsRewrap).isPresent();
    }

    /**
     * Seals a value anew under the ACTIVE key; one that is already is given back as it came, once it has opened.
     *
     * @param row the row it is read from, and will be kept in
     * @param text what stands there
     * @return the text to keep instead, or a refusal as {@link #open} gives it
     */
    public Opening<String> rewrap(String row, String text) {
        return open(row, text)
                .fold(value -> new Opening.Opened<>(needsRewrap(text) ? seal(row, value) : text), refused -> refused);
    }

    /** Whether a text names the ACTIVE key; unlike the opposite of {@link #needsRewrap}, no other text is. */
    boolean isCurrent(String text) {
        return bytes(text)
                .filter(message -> Sealer.keyIdOf(message).isPresent() && !sealer.needsRewrap(message))
                .isPresent();
    }

    /** The bytes, if this is exactly how we write them: the decoder also takes other spellings of the same bytes. */
    private static Optional<byte[]> bytes(String text) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(Objects.requireNonNull(text, "text"));
            return Optional.of(bytes).filter(read -> encoded(read).equals(text));
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    private static String encoded(byte[] sealed) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(sealed);
    }

    private static String text(byte[] plain) {
        try {
            return new String(plain, StandardCharsets.UTF_8);
        } finally {
            Arrays.fill(plain, (byte) 0);
        }
    }
}
