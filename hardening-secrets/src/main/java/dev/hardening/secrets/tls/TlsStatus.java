package dev.hardening.secrets.tls;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is served now, and what is wrong with the files.
 *
 * @param fingerprint SHA-256 of the certificate, hexadecimal
 * @param notBefore when the certificate became valid
 * @param notAfter when the first certificate of the chain ends
 * @param loaded when it was taken from the files
 * @param failure why the files cannot be used now; empty while they can
 * @param warnings what works but should not stay as it is, such as a key that everybody may read
 * @param nextRead when the files are to be read again at the latest; long past if nobody reads them any more
 */
public record TlsStatus(
        String fingerprint,
        Instant notBefore,
        Instant notAfter,
        Instant loaded,
        Optional<Failure> failure,
        List<String> warnings,
        Instant nextRead) {
    /**
     * Copies the warnings.
     *
     * @param fingerprint SHA-256 of the certificate, hexadecimal
     * @param notBefore when the certificate became valid
     * @param notAfter when the first certificate of the chain ends
     * @param loaded when it was taken from the files
     * @param failure why the files cannot be used now
     * @param warnings copied
     * @param nextRead when the files are to be read again at the latest
     */
    public TlsStatus {
        warnings = List.copyOf(warnings);
    }

    /**
     * Why the files cannot be used; the certificate of before is served meanwhile.
     *
     * @param reason names the file and the fault, and holds nothing of its content
     * @param since when a reading first failed
     */
    public record Failure(String reason, Instant since) {}

    TlsStatus failing(String reason, Instant now, Instant next) {
        Instant since = failure.map(Failure::since).orElse(now);
        return new TlsStatus(
                fingerprint, notBefore, notAfter, loaded, Optional.of(new Failure(reason, since)), warnings, next);
    }

    TlsStatus sound(List<String> found, Instant next) {
        return new TlsStatus(fingerprint, notBefore, notAfter, loaded, Optional.empty(), found, next);
    }
}
