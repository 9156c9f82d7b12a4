package dev.hardening.secrets.jose;

/** Which way a body goes; a body sealed for one way is refused on the other. */
enum Direction {
    REQUEST("request"),
    RESPONSE("response");

    private final String word;

    Direction(String word) {
        this.word = word;
    }

    /** The {@code typ} of the protected header (RFC 8725, section 3.11). */
    String type() {
        return word + "+jwe";
    }

    /** What goes into the derivation of the key, so that the other way has another key. */
    String purpose(String context) {
        return "hardening-jwe/1 " + word + " " + context;
    }
}
