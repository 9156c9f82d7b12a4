/** A user's program with one module of the library. */
module consumer {
    requires dev.hardening.ratelimit;
}
