package dev.hardening.secrets.jose;

import com.nimbusds.jose.JWEAlgorithm;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is wrong with what a builder was given, and the keys that follow from what is right. */
final class BodySetup {
    private static final int LARGEST_BODY = 64 * 1024 * 1024;
    private static final Pattern CONTEXT = Pattern.compile("[a-z0-9][a-z0-9._/-]{0,63}");

    private final BodyCipher.Builder given;

    BodySetup(BodyCipher.Builder given) {
        this.given = given;
    }

    BodyKeys keys() {
        if (given.shared != null) {
            return shared(given.shared, JWEAlgorithm.A256KW);
        }
        return given.direct != null
                ? shared(given.direct, JWEAlgorithm.DIR)
                : new AgreedKeys(given.own, given.recipient, given.context, given.random);
    }

    private SharedKeys shared(KeyRing ring, JWEAlgorithm algorithm) {
        return new SharedKeys(ring, algorithm, given.context, given.random, SharedKeys.MOST_DIRECT);
    }

    List<String> faults() {
        List<String> faults = new ArrayList<>();
        if (given.role == null) {
            faults.add("role is missing");
        }
        if (!CONTEXT.matcher(given.context).matches()) {
            faults.add("context must be 1 to 64 lower-case letters, digits and . _ / -, got \"" + given.context + "\"");
        }
        if (given.maxBody < 1 || given.maxBody > LARGEST_BODY) {
            faults.add("maxBody must be 1 to " + LARGEST_BODY + ", got " + given.maxBody);
        }
        keyFaults(faults);
        return faults;
    }

    private void keyFaults(List<String> faults) {
        boolean agreed = given.own != null || given.recipient != null;
        int kinds = (given.shared == null ? 0 : 1) + (given.direct == null ? 0 : 1) + (agreed ? 1 : 0);
        if (kinds != 1) {
            faults.add("exactly one of sharedKeys, directKeys, and ownKeys with recipient must be given, got " + kinds);
        }
        if (given.role == BodyCipher.Role.SERVER && given.recipient != null && given.own == null) {
            faults.add("ownKeys is missing: a server with a recipient alone can open no request");
        }
        kind("sharedKeys", given.shared, KeyKind.AES_256).ifPresent(faults::add);
        kind("directKeys", given.direct, KeyKind.AES_256).ifPresent(faults::add);
        kind("ownKeys", given.own, KeyKind.EC_P256).ifPresent(faults::add);
    }

    private static Optional<String> kind(String parameter, @Nullable KeyRing ring, KeyKind wanted) {
        return ring == null || ring.kind() == wanted
                ? Optional.empty()
                : Optional.of(parameter + " must be a ring of kind " + wanted + ", got " + ring.kind());
    }
}
