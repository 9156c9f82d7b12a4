package dev.hardening.secrets.cli;

import java.time.Duration;

/** One line that says how far long work is, on a terminal only and gone at the end. */
final class Progress implements AutoCloseable {
    private static final long STEP = Duration.ofMillis(200).toNanos();
    private static final int MEBIBYTE = 1 << 20;
    private static final String BLANK = "\r" + " ".repeat(40) + "\r";

    private final Surroundings here;
    private final boolean shown;
    private long last;
    private boolean begun;

    Progress(Surroundings here) {
        this.here = here;
        this.shown = here.terminal().errors();
        this.last = here.ticker().getAsLong();
    }

    void bytes(long done) {
        if (shown && here.ticker().getAsLong() - last >= STEP) {
            last = here.ticker().getAsLong();
            begun = true;
            here.err().print(BLANK + done / MEBIBYTE + " MiB");
            here.err().flush();
        }
    }

    @Override
    public void close() {
        if (begun) {
            here.err().print(BLANK);
            here.err().flush();
        }
    }
}
