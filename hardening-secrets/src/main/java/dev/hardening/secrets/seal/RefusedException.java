package dev.hardening.secrets.seal;

import java.io.IOException;
import javax.crypto.AEADBadTagException;

/** Ends the reading of a stream that is refused; says no more than {@link Opening.Refused} does. */
final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Opening.Refused<?> refusal;

    RefusedException() {
        this(new Opening.Refused<>());
    }

    RefusedException(Opening.Refused<?> refusal) {
        super(message(refusal), new AEADBadTagException(message(refusal)));
        this.refusal = refusal;
    }

    <T> Opening.Refused<T> refusal() {
        return refusal.of();
    }

    private static String message(Opening.Refused<?> refusal) {
        return refusal.unknownKey()
                .map(keyId -> "the sealed stream is refused: the ring does not accept key " + keyId)
                .orElse("the sealed stream is refused");
    }
}
