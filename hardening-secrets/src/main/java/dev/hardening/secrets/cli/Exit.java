package dev.hardening.secrets.cli;

/** How a verb ends; the codes are a promise to scripts. */
enum Exit {
    OK(0),
    FINDINGS(1),
    USAGE(2),
    IO(3);

    private final int code;

    Exit(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
